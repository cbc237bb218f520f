# Makes the image hand with what the commands of show --docker need: OpenBSD's nc, iputils' ping, iproute2's ip, a shell
# and a timeout that start that nc and not their own, and busybox's commands for the rest.
set -e
root=$(mktemp -d)
trap 'rm -r "$root"' EXIT
mkdir -p "$root/bin" "$root/tmp" "$root/etc"
programs="/bin/dash /usr/bin/timeout /usr/bin/nc.openbsd $(command -v ping) $(command -v ip)"
cp -L /bin/busybox "$root/bin/busybox"
for applet in $(busybox --list); do
  case $applet in nc | sh | timeout | ping | ip | busybox) ;; *) ln -s busybox "$root/bin/$applet" ;; esac
done
for program in $programs; do
  name=$(basename "$program" .openbsd)
  case $name in dash) name=sh ;; esac
  cp -L "$program" "$root/bin/$name"
done
for library in $(ldd $programs | grep -o '/[^ ]*' | grep -v ':$'); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
echo root:x:0:0:root:/:/bin/sh >"$root/etc/passwd"
tar -C "$root" -c . | docker import - hand >/dev/null
