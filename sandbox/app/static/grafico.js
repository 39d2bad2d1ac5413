(function () {
  "use strict";

  const lienzo = document.getElementById("grafico");
  const pincel = lienzo.getContext("2d");
  const MARGEN = { izquierda: 45, derecha: 10, arriba: 10, abajo: 30 };
  const COLORES = { registrados: "#1f4e79", entregados: "#f0a500" };
  const LINEAS = 5;

  function techo(maximo) {
    const paso = Math.max(1, Math.ceil(maximo / LINEAS / 10) * 10);
    return paso * LINEAS;
  }

  function dibujarEjes(alto, ancho, maximo) {
    pincel.font = "12px sans-serif";
    pincel.textAlign = "right";
    pincel.textBaseline = "middle";
    for (let i = 0; i <= LINEAS; i++) {
      const y = MARGEN.arriba + alto - (alto * i) / LINEAS;
      pincel.strokeStyle = "#dde3ea";
      pincel.beginPath();
      pincel.moveTo(MARGEN.izquierda, y);
      pincel.lineTo(MARGEN.izquierda + ancho, y);
      pincel.stroke();
      pincel.fillStyle = "#5a6675";
      pincel.fillText(String((maximo * i) / LINEAS), MARGEN.izquierda - 8, y);
    }
  }

  function dibujar(datos) {
    const ancho = lienzo.width - MARGEN.izquierda - MARGEN.derecha;
    const alto = lienzo.height - MARGEN.arriba - MARGEN.abajo;
    const maximo = techo(Math.max(...datos.registrados, ...datos.entregados, 1));
    const grupo = ancho / datos.meses.length;
    const barra = grupo * 0.36;

    dibujarEjes(alto, ancho, maximo);
    pincel.textAlign = "center";
    datos.meses.forEach(function (mes, i) {
      const x = MARGEN.izquierda + grupo * i + grupo * 0.12;
      ["registrados", "entregados"].forEach(function (serie, j) {
        const altura = (datos[serie][i] / maximo) * alto;
        pincel.fillStyle = COLORES[serie];
        pincel.fillRect(x + barra * j, MARGEN.arriba + alto - altura, barra, altura);
      });
      pincel.fillStyle = "#5a6675";
      pincel.fillText(mes, MARGEN.izquierda + grupo * (i + 0.5), lienzo.height - 12);
    });
  }

  async function cargar() {
    try {
      const respuesta = await fetch(lienzo.dataset.origen);
      if (!respuesta.ok) throw new Error("HTTP " + respuesta.status);
      dibujar(await respuesta.json());
    } catch (error) {
      document.getElementById("grafico-error").hidden = false;
    }
  }

  cargar();
})();
