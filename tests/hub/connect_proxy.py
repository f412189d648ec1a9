"""A proxy that knows CONNECT and nothing else:  connect_proxy.py PORT LOG [USER:PASSWORD]

Listens on this machine, and writes a line for each request: its first line, the status that it got, and the names of its headers.
With USER:PASSWORD whoever does not say these is answered with 407.
"""

import base64
import socket
import socketserver
import sys
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Tunnel(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode("latin-1").strip()
        if not line:
            return  # somebody has looked whether there is a proxy
        headers = {}
        while header := self.rfile.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        status = self.status(line, headers)
        with self.server.lock, open(self.server.log, "a") as log:
            print(line, status, *headers, file=log)
        more = 'Proxy-Authenticate: Basic realm="here"\r\nContent-Length: 0\r\n' if status == 407 else ""
        if status != 200:
            self.wfile.write(f"HTTP/1.1 {status} Refused\r\n{more}\r\n".encode())
            return
        host, _, port = line.split()[1].rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, self.connection))
            back.start()
            pump(self.connection, server)
            back.join()

    def status(self, line, headers):
        if not line.startswith("CONNECT "):
            return 405
        wanted = self.server.credentials
        told = headers.get("proxy-authorization", "")
        return 200 if wanted is None or told == "Basic " + base64.b64encode(wanted.encode()).decode() else 407


class Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


if __name__ == "__main__":
    with Proxy(("127.0.0.1", int(sys.argv[1])), Tunnel) as proxy:
        proxy.log, proxy.lock = sys.argv[2], threading.Lock()
        proxy.credentials = sys.argv[3] if len(sys.argv) > 3 else None
        proxy.serve_forever()
