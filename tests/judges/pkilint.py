"""Judges certificates by pkilint's RFC 5280 lints, each alone and beside its issuer: one process, many files.

In: one tab-separated line for each certificate: its DER file, and that of its issuer (empty if self-signed).
Out: one line for each finding of level ERROR or worse: the number of the line in (from 0), a tab, code and message;
last a line "done".
"""

import sys

from pyasn1_alt_modules import rfc5280

from pkilint import document, loader, pkix, validation
from pkilint.pkix import algorithm, certificate, extension, key, name
from pkilint.pkix.certificate import certificate_extension, certificate_key

ALONE = certificate.create_pkix_certificate_validator_container(
    certificate.create_decoding_validators(
        name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
    ),
    [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ],
)


def authority_key_id_of_subject(node):
    subject = document.get_document_by_name(node, "subject")
    return subject.get_extension_by_oid(rfc5280.id_ce_authorityKeyIdentifier)


PAIR_DECODERS = validation.ValidatorContainer(
    path="certificate",
    validators=[
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        pkix.create_signature_algorithm_identifier_decoder(
            algorithm.SIGNATURE_ALGORITHM_IDENTIFIER_MAPPINGS,
            path="certificate.tbsCertificate.signature",
        ),
        certificate.create_spki_decoder(
            key.SUBJECT_PUBLIC_KEY_ALGORITHM_IDENTIFIER_MAPPINGS,
            key.SUBJECT_KEY_PARAMETER_ALGORITHM_IDENTIFIER_MAPPINGS,
        ),
    ],
)
OF_ISSUER = validation.ValidatorContainer(
    validators=[
        name.IssuerSubjectNameBinaryEqualValidator(
            path="certificate.tbsCertificate.subject",
            subject_document_issuer_dn_path="subject:certificate.tbsCertificate.issuer",
        ),
        extension.IssuerSubjectKeyIdentifierBinaryEqualValidator(
            subject_auth_key_id_retriever=authority_key_id_of_subject
        ),
        certificate_extension.IssuerSubjectPolicyChainValidator(),
    ]
)
OF_SUBJECT = validation.ValidatorContainer(
    validators=[
        certificate_key.SubjectSignatureVerificationValidator(
            tbs_node_retriever=lambda node: node.navigate("^.tbsCertificate"),
            path="certificate.signature",
        )
    ]
)


def load(path, role, beside):
    with open(path, "rb") as file:
        der = file.read()
    return loader.RFC5280CertificateDocumentLoader().load_der_document(
        der, document_name=role, substrate_source=path, parent=beside
    )


def alone(path):
    return ALONE.validate(load(path, None, None).root)


def beside_issuer(path, issuer_path):
    documents = {}
    issuer = documents["issuer"] = load(issuer_path, "issuer", documents)
    subject = documents["subject"] = load(path, "subject", documents)
    return (
        PAIR_DECODERS.validate(issuer.root)
        + PAIR_DECODERS.validate(subject.root)
        + OF_ISSUER.validate(issuer.root)
        + OF_SUBJECT.validate(subject.root)
    )


def main():
    for number, line in enumerate(sys.stdin):
        path, issuer_path = line.rstrip("\n").split("\t")
        said = {}
        results = alone(path)
        if issuer_path:
            results += beside_issuer(path, issuer_path)
        for result in results:
            for found in result.finding_descriptions:
                if found.finding.severity <= validation.ValidationFindingSeverity.ERROR:
                    message = " ".join(str(found.message or "").split())
                    said[f"{found.finding.code}: {message} @ {result.node.path}"] = None
        for text in said:
            print(number, text, sep="\t")
    print("done")


main()
