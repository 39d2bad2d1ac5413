"""Everything is drawn by a script: one HTML page, routes behind the #, figures fetched as JSON."""

import os

from flask import Flask, jsonify, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

PAGE = """<!doctype html><html lang="es"><head><title>Bodega</title></head><body><div id="app"></div><script>
const app = document.getElementById('app');
const get = path => fetch(path).then(r => r.ok ? r.json() : null);
const table = (head, rows) => `<table><thead><tr>${head.map(h => `<th>${h}</th>`).join('')}</tr></thead><tbody>`
  + rows.map(r => `<tr>${r.map(c => `<td>${c}</td>`).join('')}</tr>`).join('') + '</tbody></table>';
async function draw() {
  const me = await get('/api/me');
  if (!me.name) {
    app.innerHTML = `<h1>Acceso</h1><form><label>Usuario <input name="user"></label>
      <label>Clave <input name="password" type="password"></label><button>Ingresar</button><p role="alert"></p></form>`;
    app.querySelector('form').onsubmit = async event => {
      event.preventDefault();
      const answer = await fetch('/api/login', {method: 'POST', body: new FormData(event.target)});
      if (answer.ok) draw(); else app.querySelector('[role=alert]').textContent = 'Usuario o clave incorrectos';
    };
    return;
  }
  app.innerHTML = `<nav><a href="#/">Inicio</a> <a href="#/existencias">Existencias</a>
    <a href="#/movimientos">Movimientos</a></nav><main></main>`;
  const main = app.querySelector('main'), route = location.hash.slice(2);
  if (!route) { main.innerHTML = '<h1>Resumen de bodega</h1>'; return; }
  main.innerHTML = '<p>Cargando…</p>';
  const data = await get('/api/' + route);
  main.innerHTML = `<h1>${data.title}</h1>` + table(data.head, data.rows);
}
addEventListener('hashchange', draw);
draw();
</script></body></html>"""


@app.get("/")
def page():
    return PAGE


@app.post("/api/login")
def login():
    if request.form["user"] == "admin" and request.form["password"] == os.environ["ADMIN_PASSWORD"]:
        session["name"] = "admin"
        return jsonify(ok=True)
    return jsonify(ok=False), 401


@app.get("/api/me")
def me():
    return jsonify(name=session.get("name"))


@app.get("/api/existencias")
def stock():
    return jsonify(
        title="Existencias por bodega", head=["Bodega", "Piezas"], rows=[["Norte", 120], ["Sur", 80]]
    )


@app.get("/api/movimientos")
def moves():
    return jsonify(title="Movimientos del día", head=["Hora", "Piezas"], rows=[["08:00", 12], ["09:30", 4]])
