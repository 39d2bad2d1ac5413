"""Listas de las que salen los datos de ejemplo."""

CLIENTES = (
    ("Comercial Norte", "comercial-norte.example"),
    ("Textiles del Valle", "textiles-valle.example"),
    ("Distribuidora Ñusta", "nusta.example"),
    ("Ferretería El Tornillo", "el-tornillo.example"),
    ("Botica Santa Lucía", "botica-lucia.example"),
    ("Librería Papel y Tinta", "papel-tinta.example"),
    ("Café Altura", "cafe-altura.example"),
    ("Muebles Algarrobo", "algarrobo.example"),
    ("Repuestos Andinos", "repuestos-andinos.example"),
    ("Calzado Chimú", "calzado-chimu.example"),
    ("Cerámica & Diseño", "ceramica-diseno.example"),
    ("Óptica Central", "optica-central.example"),
)

DEPARTAMENTOS = {
    "Áncash": ("Casma", "Chimbote", "Huaraz", "Nuevo Chimbote"),
    "Arequipa": ("Cayma", "Cerro Colorado", "Mollendo", "Yanahuara"),
    "Cusco": ("San Sebastián", "Santiago", "Urubamba", "Wánchaq"),
    "Ica": ("Chincha Alta", "Nasca", "Parcona", "Pisco"),
    "Junín": ("Chilca", "El Tambo", "La Oroya", "Tarma"),
    "La Libertad": ("Huanchaco", "La Esperanza", "Moche", "Víctor Larco"),
    "Lambayeque": ("Chiclayo", "Ferreñafe", "La Victoria", "Pimentel"),
    "Lima": ("Ate", "Breña", "Jesús María", "Miraflores", "San Isidro", "Surco"),
    "Loreto": ("Belén", "Iquitos", "Punchana", "Yurimaguas"),
    "Piura": ("Castilla", "Paita", "Sullana", "Talara"),
    "Puno": ("Ayaviri", "Ilave", "Juliaca", "Yunguyo"),
    "Tacna": ("Alto de la Alianza", "Ciudad Nueva", "Pocollay", "Tarata"),
}

# Precio base (S/), precio por kg (S/) y plazo en días desde Lima.
TARIFAS = {
    "Áncash": ("14.00", "0.95", 3),
    "Arequipa": ("18.50", "1.35", 4),
    "Cusco": ("21.00", "1.60", 5),
    "Ica": ("11.50", "0.80", 2),
    "Junín": ("13.00", "0.90", 3),
    "La Libertad": ("15.00", "1.05", 3),
    "Lambayeque": ("16.50", "1.15", 4),
    "Lima": ("8.00", "0.45", 1),
    "Loreto": ("32.00", "3.20", 9),
    "Piura": ("18.00", "1.30", 4),
    "Puno": ("22.50", "1.70", 6),
    "Tacna": ("23.00", "1.75", 6),
}

CARGOS = ("Almacén", "Recepción", "Tienda", "Oficina", "Bodega", "Sucursal", "Taller", "Mesa de Partes")
LUGARES = (
    "Central", "Sur", "Norte", "La Viña", "El Ñandú", "Plaza Mayor", "Santa Rosa", "Los Álamos",
    "Puerto Nuevo", "San Martín", "El Túnel", "Las Peñas",
)  # fmt: skip
CALLES = (
    "Av. Grau",
    "Jr. Junín",
    "Calle Los Olivos",
    "Av. Túpac Amaru",
    "Psje. Los Cedros",
    "Av. El Sol",
    "Jr. Ayacucho",
)
OBSERVACIONES = (
    "",
    "",
    "",
    "Entregar por la puerta posterior",
    "Llamar antes de entregar",
    "Horario de recepción: 9 a 17 h",
    "Requiere firma y sello",
    "Dejar con vigilancia",
    "Mercadería a temperatura ambiente",
)
