"""The tutorial's chain with Python's cryptography: root, three intermediates, devices; key, certificate, full chain."""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

folder, devices = pathlib.Path(sys.argv[1]), int(sys.argv[2])
now = datetime.datetime.now(datetime.timezone.utc)
PEM = serialization.Encoding.PEM


def name(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def make(who, issuer, is_ca):
    key = ec.generate_private_key(ec.SECP256R1())
    signer = issuer["key"] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(who))
        .issuer_name(issuer["certificate"].subject if issuer else name(who))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(not is_ca, False, False, False, False, is_ca, is_ca, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if not is_ca:
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        names = x509.SubjectAlternativeName([x509.DNSName(f"{who}.devices.example")])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    pem = certificate.public_bytes(PEM)
    place = folder / who
    place.mkdir(parents=True)
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "key.pem").write_bytes(private)
    (place / "cert.pem").write_bytes(pem)
    chain = pem + (issuer["chain"] if issuer else b"")
    if not is_ca:
        (place / "fullchain.pem").write_bytes(chain)
    return {"key": key, "certificate": certificate, "chain": chain if issuer else b""}


issuer = None
for level in ["root", "intermediate-1", "intermediate-2", "intermediate-3"]:
    issuer = make(level, issuer, True)
for device in range(1, devices + 1):
    make(f"device-{device}", issuer, False)
