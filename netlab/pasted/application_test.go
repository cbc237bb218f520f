package pasted

import "testing"

// TestApplications has the words of applications as they are printed, and what they mean.
func TestApplications(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		// Go
		{`dial tcp 127.0.0.1:5432: connect: connection refused`, "refused, 127.0.0.1:5432"},
		{`2024/05/01 12:34:56 main.go:42: dial tcp [::1]:5432: connect: connection refused`, "refused, [::1]:5432"},
		{`dial tcp: lookup db on 127.0.0.11:53: no such host`, "unknown name, db"},
		{`dial tcp: lookup db: no such host`, "unknown name, db"},
		{`dial tcp: lookup db on 127.0.0.11:53: server misbehaving`, "DNS error, db"},
		{`dial tcp: lookup db on 127.0.0.11:53: read udp 172.18.0.2:41717->127.0.0.11:53: i/o timeout`, "DNS silent, db"},
		{`dial tcp 172.18.0.3:80: i/o timeout`, "no answer, 172.18.0.3:80"},
		{`dial tcp 172.18.0.3:80: connect: no route to host`, "host unreachable, 172.18.0.3:80"},
		{`dial tcp 172.18.0.3:80: connect: network is unreachable`, "no route, 172.18.0.3:80"},
		{`dial tcp 172.18.0.3:80: connect: connection timed out`, "no answer, 172.18.0.3:80"},
		{`dial tcp 172.18.0.3:80: connect: operation not permitted`, "not permitted, 172.18.0.3:80"},
		{`dial udp 172.18.0.3:53: connect: network is unreachable`, "no route, 172.18.0.3:53/udp"},
		{
			`Get "http://api:8080/health": dial tcp 172.18.0.3:8080: connect: connection refused`,
			"refused, api:8080, at 172.18.0.3",
		},
		{`Get "http://api:8080/health": dial tcp: lookup api on 127.0.0.11:53: no such host`, "unknown name, api:8080"},
		{`Get "https://api/": dial tcp: lookup api on 127.0.0.11:53: no such host`, "unknown name, api:443"},
		{
			`Get "http://api:8080/": proxyconnect tcp: dial tcp 172.18.0.9:3128: connect: connection refused`,
			"refused, 172.18.0.9:3128",
		},
		{
			`Get "http://api:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
			"accepted, then silent, api:8080",
		},
		{
			`Get "https://api:8443/": tls: failed to verify certificate: x509: certificate is valid for x`,
			"TLS error, api:8443",
		},
		{
			`read tcp 172.18.0.2:40112->172.18.0.3:5432: read: connection reset by peer`,
			"reset, 172.18.0.3:5432",
		},
		{`Get "http://api:8080/": EOF`, "accepted, then closed, api:8080"},

		// Node
		{`Error: connect ECONNREFUSED 127.0.0.1:6379`, "refused, 127.0.0.1:6379"},
		{`Error: connect ECONNREFUSED ::1:6379`, "refused, [::1]:6379"},
		{`Error: getaddrinfo ENOTFOUND db`, "unknown name, db"},
		{`Error: getaddrinfo ENOTFOUND db db:5432`, "unknown name, db:5432"},
		{`Error: getaddrinfo EAI_AGAIN db`, "DNS error, db"},
		{`Error: connect ETIMEDOUT 172.18.0.3:3306`, "no answer, 172.18.0.3:3306"},
		{`Error: connect EHOSTUNREACH 172.18.0.3:3306`, "host unreachable, 172.18.0.3:3306"},
		{`Error: connect ENETUNREACH 203.0.113.9:443 - Local (0.0.0.0:0)`, "no route, 203.0.113.9:443"},
		{`Error: read ECONNRESET`, "reset"},
		{`Error: socket hang up`, "accepted, then closed"},
		{`TypeError: fetch failed`, "no connection"},
		{
			"TypeError: fetch failed\n    at node:internal/deps/undici/undici:13510:13\n  [cause]: Error: connect " +
				"ECONNREFUSED 172.18.0.3:3000\n      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16) {\n" +
				"    errno: -111,\n    code: 'ECONNREFUSED',\n    syscall: 'connect',\n    address: '172.18.0.3',\n    port: 3000",
			"refused, 172.18.0.3:3000",
		},
		{
			`[cause]: AggregateError [ECONNREFUSED]: { code: 'ECONNREFUSED', address: '127.0.0.1', port: 3000 }`,
			"refused, 127.0.0.1:3000",
		},
		{
			`ConnectTimeoutError: Connect Timeout Error (attempted address: api:443, timeout: 10000ms)`, "no answer, api:443",
		},
		{`AxiosError: timeout of 1000ms exceeded at http://api:8080/x`, "accepted, then silent, api:8080"},
		{
			`request to http://api:8080/ failed, reason: connect ECONNREFUSED 172.18.0.3:8080`,
			"refused, api:8080, at 172.18.0.3",
		},
		{`MongoServerSelectionError: connect ECONNREFUSED 172.18.0.2:27017`, "refused, 172.18.0.2:27017"},
		{`MongoNetworkError: failed to connect to server [mongo:27017] on first connect`, "no connection, mongo:27017"},

		// Python
		{
			`requests.exceptions.ConnectionError: HTTPConnectionPool(host='api', port=8080): Max retries exceeded with url: / ` +
				`(Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f0c>: Failed to establish a new ` +
				`connection: [Errno 111] Connection refused'))`,
			"refused, api:8080",
		},
		{
			`HTTPConnectionPool(host='api', port=8080): Max retries exceeded with url: / (Caused by NameResolutionError("` +
				`<urllib3.connection.HTTPConnection object at 0x7f0c>: Failed to resolve 'api' ([Errno -2] Name or ` +
				`service not known)"))`,
			"unknown name, api:8080",
		},
		{
			`HTTPConnectionPool(host='api', port=8080): Max retries exceeded with url: / (Caused by ConnectTimeoutError(` +
				`<urllib3.connection.HTTPConnection object at 0x7f>, 'Connection to api timed out. (connect timeout=3)'))`,
			"no answer, api:8080",
		},
		{`HTTPConnectionPool(host='api', port=8080): Read timed out. (read timeout=3)`, "accepted, then silent, api:8080"},
		{
			`('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))`,
			"accepted, then closed",
		},
		{`ConnectionRefusedError: [Errno 111] Connection refused`, "refused"},
		{`socket.gaierror: [Errno -3] Temporary failure in name resolution`, "DNS error"},
		{`socket.gaierror: [Errno -2] Name or service not known`, "unknown name"},
		{`OSError: [Errno 113] No route to host`, "host unreachable"},
		{`OSError: Multiple exceptions: [Errno 111] Connect call failed ('127.0.0.1', 5432)`, "refused, 127.0.0.1:5432"},
		{`[Errno 111] Connect call failed ('::1', 5432, 0, 0)`, "refused, [::1]:5432"},
		{
			`psycopg2.OperationalError: connection to server at "db" (172.18.0.2), port 5432 failed: Connection refused`,
			"refused, db:5432, at 172.18.0.2",
		},
		{
			`could not connect to server: Connection refused Is the server running on host "db" (172.18.0.2) and accepting ` +
				`TCP/IP connections on port 5432?`,
			"refused, db:5432, at 172.18.0.2",
		},
		{
			`connection to server at "127.0.0.1", port 5432 failed: Connection refused`, "refused, 127.0.0.1:5432",
		},
		{`could not translate host name "db" to address: Name or service not known`, "unknown name, db"},
		{`could not translate host name "db" to address: Temporary failure in name resolution`, "DNS error, db"},
		{`redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.`, "refused, redis:6379"},
		{`Error -2 connecting to redis:6379. Name or service not known.`, "unknown name, redis:6379"},
		{`redis.exceptions.TimeoutError: Timeout connecting to server`, "no answer"},
		{
			`(2003, "Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)")`, "refused, db",
		},
		{
			`aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host api:8080 ssl:default [Connect call failed ` +
				`('172.18.0.3', 8080)]`,
			"no connection, 172.18.0.3:8080",
		},
		{
			`pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno 111] Connection refused, Timeout: 30s`,
			"refused, mongo:27017",
		},
		{`httpx.ConnectError: [Errno 111] Connection refused`, "refused"},
		{`kombu.exceptions.OperationalError: [Errno 111] Connection refused`, "refused"},
		{
			`consumer: Cannot connect to amqp://guest:**@rabbit:5672//: [Errno 111] Connection refused.`,
			"refused, rabbit:5672",
		},

		// Java
		{`java.net.ConnectException: Connection refused`, "refused"},
		{`java.net.UnknownHostException: db`, "unknown name, db"},
		{`java.net.UnknownHostException: db: Name or service not known`, "unknown name, db"},
		{`java.net.SocketTimeoutException: connect timed out`, "no answer"},
		{`java.net.NoRouteToHostException: No route to host (Host unreachable)`, "host unreachable"},
		{
			`org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct`,
			"refused, db:5432",
		},
		{`Connect to api:8080 [api/172.18.0.3] failed: Connection refused`, "refused, api:8080"},
		{`Connect to http://api:8080 [api/172.18.0.3] failed: Connection refused`, "refused, api:8080"},
		{
			`io.netty.channel.AbstractChannel$AnnotatedConnectException: finishConnect(..) failed: Connection refused: ` +
				`db/172.18.0.2:5432`,
			"refused, db:5432, at 172.18.0.2",
		},
		{`java.net.ConnectException: Failed to connect to api/172.18.0.3:8080`, "no connection, api:8080, at 172.18.0.3"},
		{
			`org.springframework.web.client.ResourceAccessException: I/O error on GET request for "http://api:8080/x": ` +
				`Connection refused; nested exception is java.net.ConnectException: Connection refused`,
			"refused, api:8080",
		},
		{`io.lettuce.core.RedisConnectionException: Unable to connect to redis:6379`, "no connection, redis:6379"},
		{`Connection to node 1 (kafka/172.18.0.5:9092) could not be established`, "no connection, kafka:9092, at 172.18.0.5"},
		{`com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure`, "no connection"},
		{`The TCP/IP connection to the host db, port 1433 has failed. Error: "Connection refused`, "refused, db:1433"},
		{`javax.net.ssl.SSLHandshakeException: PKIX path building failed`, "TLS error"},

		// PHP
		{`SQLSTATE[HY000] [2002] Connection refused`, "refused"},
		{
			`SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, Host: db, Port: 3306, Database: app, SQL: select 1)`,
			"refused, db:3306",
		},
		{
			`SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for db failed: Name or service not known`,
			"unknown name, db",
		},
		{`php_network_getaddresses: getaddrinfo failed: Name or service not known`, "unknown name"},
		{`php_network_getaddresses: getaddrinfo failed: Temporary failure in name resolution`, "DNS error"},
		{`fsockopen(): unable to connect to db:3306 (Connection refused)`, "refused, db:3306"},
		{`stream_socket_client(): Unable to connect to tcp://redis:6379 (Connection refused)`, "refused, redis:6379"},
		{`Connection refused [tcp://redis:6379]`, "refused, redis:6379"},
		{
			`cURL error 7: Failed to connect to api port 8080: Connection refused (see https://curl.haxx.se/)`,
			"refused, api:8080",
		},

		// Ruby
		{
			`Failed to open TCP connection to api:8080 (Connection refused - connect(2) for "api" port 8080) ` +
				`(Errno::ECONNREFUSED)`,
			"refused, api:8080",
		},
		{`Failed to open TCP connection to api:8080 (getaddrinfo: Name or service not known)`, "unknown name, api:8080"},
		{`Error connecting to Redis on redis:6379 (Errno::ECONNREFUSED)`, "refused, redis:6379"},

		// .NET
		{`System.Net.Http.HttpRequestException: Connection refused (api:8080)`, "refused, api:8080"},
		{`System.Net.Http.HttpRequestException: Name or service not known (api:8080)`, "unknown name, api:8080"},
		{`System.Net.Http.HttpRequestException: Resource temporarily unavailable (api:8080)`, "DNS error, api:8080"},
		{`System.Net.Sockets.SocketException (111): Connection refused [::ffff:172.18.0.3]:5432`, "refused, 172.18.0.3:5432"},
		{
			`System.Net.Internals.SocketExceptionFactory+ExtendedSocketException (111): Connection refused 172.18.0.4:5432`,
			"refused, 172.18.0.4:5432",
		},
		{`Npgsql.NpgsqlException: Failed to connect to 172.18.0.3:5432`, "no connection, 172.18.0.3:5432"},

		// Rust
		{
			`error sending request for url (http://api:8080/): error trying to connect: tcp connect error: Connection refused ` +
				`(os error 111)`,
			"refused, api:8080",
		},
		{
			`error sending request for url (http://api:8080/): error trying to connect: dns error: failed to lookup address ` +
				`information: Name or service not known`,
			"unknown name, api:8080",
		},

		// nginx
		{
			`2024/05/01 12:34:56 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, ` +
				`client: 172.18.0.1, server: localhost, request: "GET / HTTP/1.1", upstream: "http://172.18.0.3:8000/", ` +
				`host: "localhost:8080"`,
			"refused, 172.18.0.3:8000",
		},
		{`nginx: [emerg] host not found in upstream "api" in /etc/nginx/conf.d/default.conf:5`, "unknown name, api"},
		{`nginx: [emerg] host not found in upstream "api:8000" in /etc/nginx/nginx.conf:5`, "unknown name, api:8000"},
		{
			`upstream timed out (110: Connection timed out) while connecting to upstream, client: 172.18.0.1, upstream: ` +
				`"http://172.18.0.3:8000/", host: "x"`,
			"no answer, 172.18.0.3:8000",
		},
		{
			`upstream timed out (110: Operation timed out) while reading response header from upstream, upstream: ` +
				`"http://172.18.0.3:8000/"`,
			"accepted, then silent, 172.18.0.3:8000",
		},
		{
			`upstream prematurely closed connection while reading response header from upstream, upstream: ` +
				`"fastcgi://172.18.0.3:9000"`,
			"accepted, then closed, 172.18.0.3:9000",
		},
		{
			`connect() failed (113: No route to host) while connecting to upstream, upstream: "http://172.18.0.3:80/"`,
			"host unreachable, 172.18.0.3:80",
		},
		{
			`api could not be resolved (3: Host not found), client: 172.18.0.1, server: , host: "localhost"`,
			"unknown name, api",
		},
		{`[error] 29#29: *1 api could not be resolved (110: Operation timed out)`, "DNS silent, api"},

		// curl, wget, and the clients of databases
		{`curl: (7) Failed to connect to db port 80 after 0 ms: Couldn't connect to server`, "no connection, db:80"},
		{`curl: (7) Failed to connect to db port 80: Connection refused`, "refused, db:80"},
		{`curl: (6) Could not resolve host: db`, "unknown name, db"},
		{`curl: (28) Failed to connect to db port 80 after 130000 ms: Connection timed out`, "no answer, db:80"},
		{`curl: (28) Connection timed out after 1001 milliseconds`, "no answer"},
		{`curl: (28) Resolving timed out after 1000 milliseconds`, "DNS silent"},
		{`curl: (28) Operation timed out after 1001 milliseconds with 0 bytes received`, "accepted, then silent"},
		{`curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to api:443`, "reset, api:443"},
		{`curl: (52) Empty reply from server`, "accepted, then closed"},
		{`curl: (60) SSL certificate problem: self-signed certificate`, "TLS error"},
		{
			`psql: error: connection to server at "db" (172.18.0.2), port 5432 failed: No route to host`,
			"host unreachable, db:5432, at 172.18.0.2",
		},
		{
			`connection to server at "db" (172.18.0.2), port 5432 failed: timeout expired`, "no answer, db:5432, at 172.18.0.2",
		},
		{`Could not connect to Redis at redis:6379: Connection refused`, "refused, redis:6379"},
		{`Could not connect to Redis at redis:6379: Name or service not known`, "unknown name, redis:6379"},
		{`ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (111)`, "refused, db:3306"},
		{`ERROR 2003 (HY000): Can't connect to MySQL server on 'db' (113)`, "host unreachable, db"},
		{`ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (110)`, "no answer, db:3306"},
		{`ERROR 2005 (HY000): Unknown MySQL server host 'db' (-2)`, "unknown name, db"},
		{`ERROR 2005 (HY000): Unknown MySQL server host 'db' (-3)`, "DNS error, db"},
		{
			`ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet'`,
			"accepted, then closed",
		},
		{`wget: can't connect to remote host (172.18.0.3): Connection refused`, "refused, 172.18.0.3"},
		{`wget: bad address 'api:8080'`, "unknown name, api:8080"},
		{
			`Connecting to api (172.18.0.3:8080)` + "\nwget: can't connect to remote host (172.18.0.3): Connection refused",
			"refused, api:8080, at 172.18.0.3",
		},
		{`Connecting to api (api)|172.18.0.3|:8080... failed: Connection refused.`, "refused, api:8080, at 172.18.0.3"},
		{`wget: unable to resolve host address ‘api’`, "unknown name, api"},
		{`ssh: connect to host db port 22: Connection refused`, "refused, db:22"},
		{`ssh: Could not resolve hostname db: Name or service not known`, "unknown name, db"},
		{`nc: connect to db (172.18.0.2) port 5432 (tcp) failed: Connection refused`, "refused, db:5432, at 172.18.0.2"},
		{`nc: db (172.18.0.2:5432): Connection refused`, "refused, db:5432, at 172.18.0.2"},
		{`nc: getaddrinfo for host "db" port 5432: Name or service not known`, "unknown name, db:5432"},
		{`(UNKNOWN) [172.18.0.2] 5432 (postgresql) : Connection refused`, "refused, 172.18.0.2:5432"},
		{`nc: bad address 'db'`, "unknown name, db"},
		{`Ncat: Connection refused.`, "refused"},
		{`ping: db: Name or service not known`, "unknown name, db"},
		{`ping: bad address 'db'`, "unknown name, db"},
		{`ping: unknown host db`, "unknown name, db"},
		{`ping: connect: Network is unreachable`, "no route"},
		{
			`PING db (172.18.0.3) 56(84) bytes of data. From 172.18.0.2 icmp_seq=1 Destination Host Unreachable`,
			"host unreachable, db",
		},
		{`telnet: Unable to connect to remote host: Connection refused`, "refused"},
		{`;; communications error to 127.0.0.11#53: timed out`, "DNS silent"},

		{`bind(): Address in use`, "port in use"},

		// Around the line
		{`web-1  | Error: connect ECONNREFUSED 127.0.0.1:6379`, "refused, 127.0.0.1:6379"},
		{"\x1b[31mError:\x1b[0m connect \x1b[1mECONNREFUSED\x1b[22m 127.0.0.1:6379", "refused, 127.0.0.1:6379"},
		{
			`{"level":"error","msg":"dial tcp 127.0.0.1:5432: connect: connection refused","ts":1714}`,
			"refused, 127.0.0.1:5432",
		},
		{
			`{"msg":"Get \"http://api:8080/x\": dial tcp: lookup api on 127.0.0.11:53: no such host"}`,
			"unknown name, api:8080",
		},
		{`connection refused`, "refused"},
		{`at app.js:17: connection refused`, "refused"},
		{`12:34:56 connection refused`, "refused"},
		{`connect to 999.1.1.1:80 failed: connection refused`, "refused"},
		{`dial tcp 127.0.0.1:99999: connect: connection refused`, "refused, 127.0.0.1"},

		// Nothing about a network
		{``, ""},
		{`hello`, ""},
		{`db:5432`, ""},
		{`FATAL: password authentication failed for user "app"`, ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			got := ""
			if l, ok := Parse(tt.line); ok {
				if got = l.String(); l.Engine != nil {
					got = "the engine's"
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOpened(t *testing.T) {
	for line, want := range map[string]bool{
		"connection reset by peer": true, "Read timed out.": true, "x509: certificate has expired": true,
		"connection refused": false, "no such host": false, "i/o timeout": false,
	} {
		if l, ok := Parse(line); !ok || l.Opened() != want {
			t.Errorf("%s: got %v, want %v", line, l.Opened(), want)
		}
	}
}

func TestSchemePort(t *testing.T) {
	if got := SchemePort("HTTPS"); got != 443 {
		t.Errorf("got %d, want 443", got)
	}
	if got := SchemePort("nothing"); got != 0 {
		t.Errorf("got %d, want none", got)
	}
}
