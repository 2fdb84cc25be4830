"""Certificates that are made for one run, and trusted by nobody who was not handed their authority; good ones and bad ones."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import trustme

from mock_servers.base.trouble import CertificateFault

__all__ = ["Certificates", "certificate_for"]

EXPIRED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
EXPIRED_ON = datetime(2020, 3, 31, tzinfo=UTC)
"""Ninety days, as certificates live nowadays, and long ago for every clock."""

WRONG_HOST = "elsewhere.invalid"
"""RFC 6761, 6.4: a name that belongs to nobody."""


class Certificates:
    """The certificate of a server for these host names or addresses, and its bad twins.

    A client trusts it with `ssl.create_default_context(cadata=certificates.authority.decode())`.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._authority = trustme.CA()
        self._bad: dict[CertificateFault, ssl.SSLContext] = {}
        self.good = _settings(self._authority.issue_cert(*names))

    @property
    def authority(self) -> bytes:
        """The PEM of the authority that vouches for the good certificate, and for all bad ones but the untrusted."""
        return self._authority.cert_pem.bytes()

    def bad(self, fault: CertificateFault) -> ssl.SSLContext:
        """The same server with a certificate that is good but for one thing."""
        if fault not in self._bad:
            self._bad[fault] = _settings(self._issue(fault))
        return self._bad[fault]

    def _issue(self, fault: CertificateFault) -> trustme.LeafCert:
        match fault:
            case "expired":
                return self._authority.issue_cert(*self._names, not_before=EXPIRED_FROM, not_after=EXPIRED_ON)
            case "wrong-host":
                return self._authority.issue_cert(WRONG_HOST)
            case "untrusted":
                return trustme.CA(organization_name="nobody in particular").issue_cert(*self._names)


def certificate_for(*names: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's TLS settings for these host names or addresses, and the PEM of the authority that vouches for them."""
    certificates = Certificates(*names)
    return certificates.good, certificates.authority


def _settings(certificate: trustme.LeafCert) -> ssl.SSLContext:
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(settings)
    return settings
