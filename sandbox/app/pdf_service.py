"""Guía de envío en PDF, a partir de templates/pdf_template.html."""

from flask import render_template

MARGEN_MM = 18
AZUL = "#1f4e79"


def generar_pdf(envio):
    """Devuelve los bytes del PDF de un envío."""
    # fpdf tarda en importarse y no hace falta para arrancar.
    from fpdf import FPDF, TextStyle

    html = render_template("pdf_template.html", envio=envio)
    documento = FPDF(format="A4")
    # Las fuentes estándar de PDF solo cubren este juego de caracteres.
    documento.core_fonts_encoding = "cp1252"
    html = html.encode("cp1252", "replace").decode("cp1252")

    documento.set_title(f"Guía de envío {envio['numero']}")
    documento.set_lang("es")
    documento.set_margin(MARGEN_MM)
    documento.add_page()
    documento.set_font("Helvetica", size=10)
    titulo = TextStyle(color=AZUL, font_style="B", font_size_pt=18, b_margin=0.5)
    documento.write_html(html, tag_styles={"h1": titulo, "p": TextStyle(b_margin=3)})
    return bytes(documento.output())
