"""Opens a PKCS#12 file by Python's cryptography; the passphrase is in the environment as P12."""

import os
import sys

from cryptography.hazmat.primitives.serialization import pkcs12

with open(sys.argv[1], "rb") as file:
    opened = pkcs12.load_pkcs12(file.read(), os.environ["P12"].encode())
if opened.key is not None:
    print("key")
for certificate in filter(None, [opened.cert, *opened.additional_certs]):
    print("certificate", certificate.friendly_name)
