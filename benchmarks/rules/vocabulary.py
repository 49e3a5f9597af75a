"""The terms of the synthetic garments: classes, materials and values, as lists whose order is fixed."""

EX = "http://example.org/fashion#"
GARMENT = "http://example.org/garment/"
OUTFIT = "http://example.org/outfit/"
XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

CLASSES: dict[str, str | None] = {
    "Item": None,
    "Garment": "Item",
    "Clothing": "Garment", "Footwear": "Garment", "Accessory": "Garment",
    "Top": "Clothing", "Bottom": "Clothing", "Outerwear": "Clothing", "OnePiece": "Clothing", "Knitwear": "Clothing",
    "Shoe": "Footwear", "Boot": "Footwear", "Bag": "Accessory", "Headwear": "Accessory",
    "Shirt": "Top", "Blouse": "Top", "TShirt": "Top", "TankTop": "Top",
    "Trousers": "Bottom", "Jeans": "Bottom", "Shorts": "Bottom", "Skirt": "Bottom",
    "Coat": "Outerwear", "Jacket": "Outerwear", "Parka": "Outerwear", "Blazer": "Outerwear",
    "Dress": "OnePiece", "Jumpsuit": "OnePiece", "Gown": "OnePiece",
    "Sweater": "Knitwear", "Cardigan": "Knitwear",
    "Trainer": "Shoe", "Loafer": "Shoe", "Sandal": "Shoe", "AnkleBoot": "Boot", "RainBoot": "Boot",
    "Tote": "Bag", "Clutch": "Bag", "Hat": "Headwear", "Beanie": "Headwear",
}  # fmt: skip
"""Class -> its superclass: 40 classes, four levels below ex:Item."""

MATERIALS: dict[str, str | None] = {
    "Fibre": None,
    "NaturalFibre": "Fibre", "ManMadeFibre": "Fibre",
    "AnimalFibre": "NaturalFibre", "PlantFibre": "NaturalFibre",
    "Synthetic": "ManMadeFibre", "Regenerated": "ManMadeFibre",
    "Wool": "AnimalFibre", "Silk": "AnimalFibre", "Leather": "AnimalFibre",
    "Cotton": "PlantFibre", "Linen": "PlantFibre", "Hemp": "PlantFibre",
    "Polyester": "Synthetic", "Nylon": "Synthetic", "Acrylic": "Synthetic",
    "Viscose": "Regenerated", "Lyocell": "Regenerated",
    "Merino": "Wool", "Cashmere": "Wool", "Denim": "Cotton", "Poplin": "Cotton",
}  # fmt: skip
"""Material -> the wider one."""

COLOURS = [
    "Black", "White", "Grey", "Navy", "Blue", "Red", "Green", "Beige", "Brown", "Pink", "Yellow", "Purple",
]  # fmt: skip
HARMONIES = [
    ("Black", "White"), ("Black", "Red"), ("White", "Navy"), ("Grey", "Pink"), ("Navy", "Beige"),
    ("Blue", "Brown"), ("Green", "Beige"), ("Purple", "Grey"),
]  # fmt: skip
SLEEVES = ["Sleeveless", "ShortSleeve", "LongSleeve"]
DEPARTMENTS = ["Women", "Men", "Unisex", "Children"]
FITS = ["Slim", "Regular", "Loose"]
CHEAPEST, DEAREST = 5, 804
"""Prices are whole numbers from the first to the last."""

LEAVES = [cls for cls in CLASSES if cls not in CLASSES.values()]
FABRICS = [material for material in MATERIALS if material not in MATERIALS.values()]
