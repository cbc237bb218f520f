# A DNS server at 192.0.2.1 that knows no name.
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(LocalAddr => "192.0.2.1", LocalPort => 53, Proto => "udp") or die $!;
while (defined $socket->recv(my $message, 512)) {
  next unless $message =~ /^(..)..(..).{6}(.*?\0.{4})/s;
  $socket->send("$1\x81\x83$2" . "\0" x 6 . $3);
}
