"""A certification authority of the tests' own, a time-stamping authority, and PDFs signed by them, all offline."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIRST, LAST = dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1)
# The moment of a time stamp: 10:00 on 21 August 2023 in Vietnam.
STAMPED = dt.datetime(2023, 8, 21, 3, tzinfo=dt.UTC)


def beside(work, *args, **kwargs):
    """The answer of a function called in a thread of its own: pyHanko runs a loop, which it may not do beside a browser's."""
    with ThreadPoolExecutor() as thread:
        return thread.submit(work, *args, **kwargs).result()


@cache
def key(name):
    """A key of its own for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(name, issuer=None, *, stamps=False, last=LAST):
    """A certificate; without an issuer a root."""
    parts = [
        x509.NameAttribute(NameOID.COMMON_NAME, name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"Cơ quan của {name}"),
    ]
    signed_by = certificate(issuer).subject if issuer else x509.Name(parts)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts))
        .issuer_name(signed_by)
        .public_key(key(name).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FIRST)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    is_root = issuer is None
    usage |= {"digital_signature": not is_root, "content_commitment": not is_root}
    usage |= {"key_cert_sign": is_root, "crl_sign": is_root}
    made = made.add_extension(x509.KeyUsage(**usage), critical=True)
    if stamps:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(key(issuer or name), hashes.SHA256())


def pem(name):
    """A root as the operator's file."""
    return certificate(name).public_bytes(serialization.Encoding.PEM)


def _asn1(made):
    return asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER))


def _private(name):
    form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return keys.PrivateKeyInfo.load(key(name).private_bytes(*form))


def sign(
    content, name="Ngô Thanh Lâm", issuer="Gốc thử", *, field="Ky1", box=None, stamped=False, last=LAST, root=None
):
    """A PDF with a signature of a person added. box: the rectangle of its picture; stamped: with a time stamp."""
    mine = certificate(name, issuer, last=last)
    store = SimpleCertificateStore.from_certs([_asn1(certificate(issuer))])
    signer = SimpleSigner(signing_cert=_asn1(mine), signing_key=_private(name), cert_registry=store)
    stamper = None
    if stamped:
        stamp = _asn1(certificate("Dấu thời gian", root or issuer, stamps=True))
        stamper = DummyTimeStamper(stamp, _private("Dấu thời gian"), fixed_dt=STAMPED)
    writer, out = IncrementalPdfFileWriter(BytesIO(content)), BytesIO()
    spec = SigFieldSpec(field, box=box, on_page=0) if box else SigFieldSpec(field)
    made = PdfSigner(PdfSignatureMetadata(field_name=field), signer=signer, timestamper=stamper, new_field_spec=spec)
    beside(made.sign_pdf, writer, output=out)
    return out.getvalue()
