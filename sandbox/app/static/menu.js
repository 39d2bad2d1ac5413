(function () {
  "use strict";

  function cerrar(boton) {
    boton.setAttribute("aria-expanded", "false");
    document.getElementById(boton.getAttribute("aria-controls")).hidden = true;
  }

  document.querySelectorAll(".menu-boton").forEach(function (boton) {
    const lista = document.getElementById(boton.getAttribute("aria-controls"));

    boton.addEventListener("click", function () {
      const abierto = boton.getAttribute("aria-expanded") === "true";
      boton.setAttribute("aria-expanded", String(!abierto));
      lista.hidden = abierto;
    });

    document.addEventListener("click", function (evento) {
      if (!boton.parentElement.contains(evento.target)) cerrar(boton);
    });

    document.addEventListener("keydown", function (evento) {
      if (evento.key === "Escape") cerrar(boton);
    });
  });
})();
