(function () {
  "use strict";

  document.querySelectorAll("[data-abre]").forEach(function (boton) {
    boton.addEventListener("click", function () {
      document.getElementById(boton.dataset.abre).showModal();
    });
  });

  document.querySelectorAll("[data-cierra]").forEach(function (boton) {
    boton.addEventListener("click", function () {
      document.getElementById(boton.dataset.cierra).close();
    });
  });
})();
