#!/usr/bin/env bash
# An image's store, by the image's own program: here, this system's programs beneath another root.
set -euo pipefail
mkdir -p image/{usr,etc,dev,tmp,local}
mount --rbind /usr image/usr
mount --bind image/local image/usr/local/share/ca-certificates
mount --rbind /dev image/dev
for link in bin sbin lib lib64; do [ ! -e "/$link" ] || ln -s "usr/$link" "image/$link"; done
mkdir image/etc/ssl
cp -r --preserve=links,mode -d /etc/ssl/certs image/etc/ssl/
cp /etc/ca-certificates.conf image/etc/
mkdir -p image/etc/ca-certificates/update.d
"$PKIFORM" trust status pki.toml --root image || echo "exit $?"
"$PKIFORM" trust install pki.toml --root image 2>/dev/null
"$PKIFORM" trust status pki.toml --root image
readlink image/etc/ssl/certs/pkiform-trusted-root.pem
"$PKIFORM" trust remove pki.toml --root image 2>/dev/null
"$PKIFORM" trust status pki.toml --root image || echo "exit $?"
