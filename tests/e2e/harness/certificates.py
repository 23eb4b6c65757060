"""A certificate authority of our own, by the openssl command line."""

import ssl
import subprocess


class Authority:
    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = directory / "ca.crt", directory / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=Test Authority",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, subject, names=("DNS:localhost", "IP:127.0.0.1"), days=30):
        """A certificate and its key, as two files. A negative `days` makes one that has expired."""
        certificate, key = self.directory / f"{name}.crt", self.directory / f"{name}.key"
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\nbasicConstraints=critical,CA:FALSE\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", key, "-out", request, "-subj", f"/CN={subject}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    def server_context(self, name="server", client_authority=None, **options):
        """For a receiver; with `client_authority` it insists on a client's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, "receiver", **options))
        context.sni_callback = lambda socket, sni, _: setattr(socket, "sni_name", sni)
        if client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_authority.certificate)
        return context

    def client_context(self, certificate=None):
        """For a client that trusts this authority; `certificate`: what it shows, as `issue` gives it."""
        context = ssl.create_default_context(cafile=self.certificate)
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
