"""The release process's own headings, so that a report reads in the words of the process."""

from __future__ import annotations

SECTIONS = {
    "2": "Estrategia de ramas",
    "3": "Pre-requisitos antes de deploy",
    "3.1": "Control de configuración",
    "3.2": "Integridad de dependencias",
    "3.3": "Pruebas mínimas (smoke test)",
    "4": "Checklist de release (go/no-go)",
    "5": "Deploy en Render",
    "5.1": "Deploy en Render: configuración",
    "5.2": "Deploy en Render: configuración",
    "5.3": "Validación post-deploy",
    "6": "Plan de reversión",
    "7": "Comunicación ante incidentes",
}


def heading(section: str) -> str:
    """The heading of a section; of its parent for a deeper one; empty when the process has neither."""
    while section and section not in SECTIONS:
        section = section.rpartition(".")[0]
    return SECTIONS.get(section, "")


def rank(section: str) -> tuple[int, ...]:
    """Sort key: 3.9 before 3.10; what is no number comes last."""
    parts = section.split(".")
    return tuple(int(part) if part.isdecimal() else 999 for part in parts)
