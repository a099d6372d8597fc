#!/usr/bin/env bash
# p11-kit's store. Debian's has no place to write and no program that exports; both are lent to it here.
set -euo pipefail
mkdir -p anchors/{anchors,blocklist} modules libexec
cp /usr/share/p11-kit/modules/p11-kit-trust.module modules/
sed -i "s#^x-init-reserved:.*#x-init-reserved: paths=$PWD/anchors#" modules/p11-kit-trust.module
mount --bind modules /usr/share/p11-kit/modules
printf '#!/bin/sh\n' >libexec/trust-extract-compat
chmod +x libexec/trust-extract-compat
mkdir -p libexec-above/p11-kit
cp -a libexec/trust-extract-compat libexec-above/p11-kit/
mount --bind libexec-above /usr/libexec
"$PKIFORM" trust status pki.toml --store p11-kit || echo "exit $?"
"$PKIFORM" trust install pki.toml --store p11-kit 2>/dev/null
"$PKIFORM" trust status pki.toml --store p11-kit
trust list --filter=ca-anchors | grep 'label'
"$PKIFORM" trust remove pki.toml --store p11-kit 2>/dev/null
"$PKIFORM" trust status pki.toml --store p11-kit || echo "exit $?"
