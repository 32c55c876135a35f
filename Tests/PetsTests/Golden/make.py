"""Records what FastAPI answers to odd requests, for `ExchangeTests`.

Made with FastAPI 0.117.0, pydantic 2.14, Starlette 0.48, python-multipart 0.0.34:
    pip install fastapi==0.117.0 uvicorn python-multipart && python make.py > exchanges.json
The routes are those of the contract with a fixed outcome: only the framework's own behaviour is recorded.
"""
import base64, json, socket, threading, time
from typing import Literal, Optional
import uvicorn
from fastapi import FastAPI, File, UploadFile, HTTPException, Depends
from fastapi.security import HTTPBearer, HTTPAuthorizationCredentials
from pydantic import BaseModel

app = FastAPI(title="Cats vs Dogs Classifier", version="1.0.0")
security = HTTPBearer()
TOKEN = "?C@TS&D0GS!"

def verify(credentials: HTTPAuthorizationCredentials = Depends(security)):
    if credentials.credentials != TOKEN:
        raise HTTPException(status_code=401, detail="Token invalide", headers={"WWW-Authenticate": "Bearer"})
    return credentials.credentials

class Feedback(BaseModel):
    feedback: Literal["positive", "negative"]
    resultat_prediction: float
    input_user: str
    filename: Optional[str] = None

@app.get("/health")
def health(): return {"status": "healthy", "model_loaded": True}

@app.post("/api/predict")
async def predict(file: UploadFile = File(...), token: str = Depends(verify)):
    if not file.content_type or not file.content_type.startswith("image/"):
        raise HTTPException(status_code=400, detail="Format d'image invalide")
    return {"filename": file.filename}

@app.post("/api/feedback")
async def feedback(body: Feedback, token: str = Depends(verify)):
    return {"status": "received", "feedback": body.feedback, "resultat_prediction": body.resultat_prediction,
            "input_user": body.input_user, "timestamp": time.time(), "saved_to_db": False}


A = b"Authorization: Bearer ?C@TS&D0GS!\r\n"
J = b"Content-Type: application/json\r\n"
cases = []
def add(name, method, path, headers=b"", body=b""): cases.append((name, method, path, headers, body))
def fb(name, body, headers=A+J):
    add("feedback " + name, b"POST", b"/api/feedback", headers, body if isinstance(body, bytes) else json.dumps(body).encode())
ok = {"feedback": "positive", "resultat_prediction": 0.8765, "input_user": "a.jpg"}
def w(**k): return {**ok, **k}
def without(*k): return {a: b for a, b in ok.items() if a not in k}
fb("ok", ok); fb("negative", w(feedback="negative"))
for v in ["Positive", "", None, True, 1, 1.5, [], {}, "positive ", ["positive"]]: fb(f"feedback={v!r}", w(feedback=v))
for v in [1, 0, -1, True, False, None, "0.5", " 0.5 ", "1e3", "1_000", "1__0", "_1", "abc", "", "0x10", "1,5", "+1", "-.5", ".5", "5.", "1e400", "٣", "½", [], {}, [1], 12345678901234567890123, 1e308, "1 0", "\t1\n", "1e", "- 1", "1d5", "1f", "0.1.2", "e5", "1E+5"]: fb(f"result={v!r}", w(resultat_prediction=v))
for v in [1, None, True, [], {}, "", "é😀", "\u0000", "a"*50, 1.5]: fb(f"input={v!r:.20}", w(input_user=v))
for v in [1, None, True, [], {}, "", "x"]: fb(f"filename={v!r}", w(filename=v))
fb("extra", w(other=1)); fb("missing feedback", without("feedback")); fb("missing two", without("feedback", "input_user")); fb("empty object", {})
for v in [[], None, 1, "x", True, 1.5, [ok], [[]]]: fb(f"body={v!r:.20}", v)
fb("no body", b""); fb("blank", b"  "); fb("broken", b"{"); fb("broken 2", b'{"feedback": positive}'); fb("trailing", b'{} x'); fb("trailing comma", b'{"a":1,}'); fb("single quotes", b"{'a':1}")
fb("unterminated", b'{"a": "b'); fb("bad escape", b'{"a": "\\x"}'); fb("control", b'{"a": "\n"}'); fb("invalid utf8", b'{"a": "\xff"}'); fb("bom", b'\xef\xbb\xbf{}'); fb("utf16", json.dumps(ok).encode("utf-16")); fb("nul", b"\x00"); fb("lines", b'{\n"a":\n x}'); fb("colon", b'{"a" 1}'); fb("comma", b'{"a":1 "b":2}'); fb("array comma", b'[1 2]'); fb("array open", b'[1,'); fb("dup keys", b'{"feedback":"negative","feedback":"positive","resultat_prediction":1,"input_user":"x"}')
fb("number", b'01'); fb("minus", b'-'); fb("nonascii pos", '{"é": x}'.encode())
fb("lone surrogate", b'{"feedback":"\\ud800","resultat_prediction":1,"input_user":"x"}')
for ct in [b"", b"Content-Type: text/plain\r\n", b"Content-Type: application/json; charset=utf-8\r\n", b"Content-Type: APPLICATION/JSON\r\n", b"Content-Type: application/vnd.api+json\r\n", b"Content-Type: application/x-www-form-urlencoded\r\n", b"Content-Type: json\r\n", b"Content-Type: application/geo+json; a=b\r\n", b"Content-Type: text/json\r\n", b"Content-Type: multipart/form-data; boundary=x\r\n", b"Content-Type: application/json5\r\n"]:
    fb("type " + ct.decode().strip(), json.dumps(ok).encode(), A + ct)
for a in [b"", b"Authorization: Bearer wrong\r\n", b"Authorization: Bearer\r\n", b"Authorization: Bearer \r\n", b"Authorization: Basic abc\r\n", b"Authorization: bearer ?C@TS&D0GS!\r\n", b"Authorization: BEARER ?C@TS&D0GS!\r\n", b"Authorization: Bearer  ?C@TS&D0GS!\r\n", b"Authorization: ?C@TS&D0GS!\r\n", b"Authorization: \r\n", b"Authorization: Bearer ?C@TS&D0GS! x\r\n", b"Authorization: Token ?C@TS&D0GS!\r\n", b"Authorization: Bearer\t?C@TS&D0GS!\r\n", b"Authorization: Bearer \xc3\xa9\r\n", b"authorization: Bearer ?C@TS&D0GS!\r\n", b"Authorization: Basic\r\n"]:
    fb("auth " + repr(a), ok, a + J); fb("auth+bad field " + repr(a), {}, a + J); fb("auth+bad json " + repr(a), b"{", a + J)
B = b"Content-Type: multipart/form-data; boundary=xx\r\n"
def part(disp, content=b"data", ctype=None): return b"--xx\r\nContent-Disposition: " + disp + b"\r\n" + (b"Content-Type: " + ctype + b"\r\n" if ctype is not None else b"") + b"\r\n" + content + b"\r\n"
def pr(name, body, headers=A+B): add("predict " + name, b"POST", b"/api/predict", headers, body)
E = b"--xx--\r\n"
F = b'form-data; name="file"; filename="a.jpg"'
pr("text type", part(F, ctype=b"text/plain")+E); pr("no part type", part(F)+E); pr("empty part type", part(F, ctype=b"")+E); pr("IMAGE type", part(F, ctype=b"IMAGE/JPEG")+E)
pr("no file", part(b'form-data; name="other"')+E); pr("other file", part(b'form-data; name="other"; filename="a.jpg"', ctype=b"image/jpeg")+E); pr("text field", part(b'form-data; name="file"')+E); pr("empty text field", part(b'form-data; name="file"', b"")+E)
pr("empty form", E); pr("empty name", part(b'form-data; name="file"; filename=""', b"", b"application/octet-stream")+E); pr("empty filename image", part(b'form-data; name="file"; filename=""', b"x", b"text/plain")+E)
pr("no body", b""); pr("no closing", part(F, ctype=b"text/plain")); pr("no boundary", part(F, ctype=b"text/plain")+E, A+b"Content-Type: multipart/form-data\r\n"); pr("garbage", b"garbage"); pr("no disposition", b"--xx\r\n\r\nx\r\n"+E); pr("no name", part(b'form-data; filename="a"', ctype=b"text/plain")+E)
pr("urlencoded", b"file=abc", A+b"Content-Type: application/x-www-form-urlencoded\r\n"); pr("json", b"{}", A+J); pr("none", b"", A); pr("octets", b"abc", A+b"Content-Type: image/jpeg\r\n"); pr("urlencoded empty", b"", A+b"Content-Type: application/x-www-form-urlencoded\r\n")
pr("two files", part(F, ctype=b"text/plain")+part(F, ctype=b"text/plain")+E); pr("file and text", part(F, ctype=b"text/plain")+part(b'form-data; name="file"', b"t")+E)
for a in [b"", b"Authorization: Bearer wrong\r\n", b"Authorization: Basic x\r\n", b"Authorization: Bearer \xc3\xa9\r\n"]:
    pr("auth " + repr(a), part(F, ctype=b"text/plain")+E, a+B); pr("auth no file " + repr(a), E, a+B); pr("auth garbage " + repr(a), b"garbage", a+B); pr("auth no form " + repr(a), b"", a)
for m, p in [(b"GET", b"/api/predict"), (b"PUT", b"/api/feedback"), (b"DELETE", b"/health"), (b"POST", b"/health"), (b"GET", b"/nothing"), (b"POST", b"/nothing"), (b"GET", b"/api"), (b"GET", b"/api/"), (b"PATCH", b"/api/predict"), (b"GET", b"/health"), (b"GET", b"/health/"), (b"GET", b"/api/predict/"), (b"GET", b"/health?x=1"), (b"GET", b"/Health"), (b"GET", b"//health"), (b"GET", b"/%68ealth"), (b"OPTIONS", b"/health"), (b"POST", b"/api/feedback/?a=b")]:
    add(f"{m.decode()} {p.decode()}", m, p)

def send(port, case):
    name, m, p, h, b = case
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    length = b"Content-Length: %d\r\n" % len(b) if b or m in (b"POST", b"PUT") else b""
    s.sendall(m + b" " + p + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + h + length + b"\r\n" + b)
    data = b""
    while chunk := s.recv(65536):
        data += chunk
    s.close()
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {l.split(":")[0].lower(): l.split(":", 1)[1].strip() for l in lines[1:]}
    try:
        answer = json.loads(body)
        if "timestamp" in answer:
            del answer["timestamp"], answer["saved_to_db"]
    except ValueError:
        answer = body.decode()
    result = {
        "name": name, "method": m.decode(), "target": p.decode(),
        "headers": [[x.decode("latin-1").strip() for x in l.split(b":", 1)] for l in h.split(b"\r\n") if l],
        "body": base64.b64encode(b).decode(), "status": int(lines[0].split(" ")[1]), "answer": answer,
    }
    if "www-authenticate" in headers:
        result["authenticate"] = headers["www-authenticate"]
    return result

server = uvicorn.Server(uvicorn.Config(app, port=9119, log_level="error"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.05)
print("[" + ",\n".join(json.dumps(send(9119, c)) for c in cases) + "]")
