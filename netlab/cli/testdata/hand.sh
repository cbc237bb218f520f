# Makes the image hand with what the commands of show --docker need: OpenBSD's nc, a shell and timeout that start that
# nc and not their own, and busybox's commands for the rest.
set -e
root=$(mktemp -d)
trap 'rm -r "$root"' EXIT
mkdir -p "$root/bin" "$root/tmp" "$root/etc"
cp -L /bin/busybox "$root/bin/busybox"
for applet in $(busybox --list); do
  case $applet in nc | sh | timeout | busybox) ;; *) ln -s busybox "$root/bin/$applet" ;; esac
done
cp -L /bin/dash "$root/bin/sh"
cp -L /usr/bin/timeout "$root/bin/timeout"
cp -L /usr/bin/nc.openbsd "$root/bin/nc"
for library in $(ldd /bin/dash /usr/bin/timeout /usr/bin/nc.openbsd | grep -o '/[^ ]*' | grep -v ':$'); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
tar -C "$root" -c . | docker import - hand >/dev/null
