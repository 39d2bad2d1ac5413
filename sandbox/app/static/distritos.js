(function () {
  "use strict";

  const departamento = document.getElementById("departamento_id");
  const distrito = document.getElementById("distrito_id");

  function vaciar(texto) {
    distrito.replaceChildren(new Option(texto, ""));
    distrito.disabled = true;
  }

  async function cargar() {
    const elegido = departamento.value;
    if (!elegido) {
      vaciar("Elija primero un departamento");
      return;
    }
    vaciar("Cargando…");
    try {
      const respuesta = await fetch(distrito.dataset.origen + "?departamento=" + encodeURIComponent(elegido));
      if (!respuesta.ok) throw new Error("HTTP " + respuesta.status);
      const distritos = await respuesta.json();
      // Mientras llegaba la respuesta se pudo elegir otro departamento.
      if (departamento.value !== elegido) return;
      vaciar("Elija un distrito");
      distritos.forEach(function (fila) {
        distrito.add(new Option(fila.nombre, fila.id));
      });
      distrito.disabled = false;
    } catch (error) {
      vaciar("No se pudieron cargar los distritos");
    }
  }

  departamento.addEventListener("change", cargar);
})();
