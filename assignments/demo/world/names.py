"""Names of an invented region and of its people."""

from __future__ import annotations

import random

DISTRICTS = (
    "Alder Falls", "Brannock", "Cedar Mills", "Dunmore Prairie", "Elkhorn Bend", "Fairhaven", "Granite Bluff",
    "Harlow", "Ironwood", "Juniper Lake", "Kestrel Ridge", "Larkspur", "Maple Crossing", "Northgate", "Oxbow",
    "Pine Hollow", "Quarry Hills", "Redstone", "Silver Creek", "Tamarack", "Upton Valley", "Vesper",
    "Whitewater Fork", "Yarrow", "Zephyr Point",
)  # fmt: skip
"""In order of their codes, the first three letters."""

_FIRST = (
    "Aaliyah", "Aarav", "Adaeze", "Ahmed", "Aiko", "Alejandro", "Amara", "Andre", "Anika", "Antonio", "Ashley",
    "Beatriz", "Ben", "Brandon", "Brianna", "Caleb", "Carlos", "Chen", "Chidi", "Claire", "Cody", "Connor", "Dale",
    "Daniela", "Darnell", "Deborah", "Deepak", "Denise", "Derek", "Diego", "Dmitri", "Elena", "Eli", "Emeka",
    "Eric", "Fatima", "Felix", "Frank", "Gabriela", "Gary", "Grace", "Hannah", "Hassan", "Hector", "Imani", "Ivan",
    "Jamal", "Jasmine", "Javier", "Jenna", "Jin", "Joe", "Jorge", "Kadeem", "Karen", "Keisha", "Kenji", "Kevin",
    "Kofi", "Kyle", "Lamar", "Lars", "Latoya", "Leila", "Linh", "Luis", "Lukas", "Malik", "Marcus", "Maria",
    "Marisol", "Mateo", "Megan", "Mei", "Miguel", "Mohammed", "Monique", "Nadia", "Naomi", "Nate", "Ngozi", "Nikhil",
    "Noah", "Olga", "Omar", "Oscar", "Pablo", "Patrick", "Paulo", "Priya", "Quentin", "Rachel", "Rafael", "Rashid",
    "Ray", "Rosa", "Ruth", "Ryan", "Sam", "Sanjay", "Sarah", "Sean", "Selena", "Shanice", "Sofia", "Stefan", "Sunita",
    "Tamika", "Tariq", "Teresa", "Thanh", "Theo", "Tomasz", "Travis", "Troy", "Tyrone", "Uma", "Valeria", "Vanessa",
    "Viktor", "Walt", "Wes", "Xavier", "Yara", "Yusuf", "Zach", "Zoe",
)  # fmt: skip

_LAST = (
    "Abdi", "Acosta", "Adeyemi", "Ali", "Alvarez", "Andersen", "Baker", "Banerjee", "Barrett", "Becker", "Begay",
    "Bianchi", "Blackwood", "Boateng", "Brandt", "Brooks", "Bui", "Burke", "Cabrera", "Campbell", "Carter", "Castillo",
    "Chang", "Chavez", "Cohen", "Collins", "Costa", "Cruz", "Dang", "Davis", "Delgado", "Diallo", "Dominguez",
    "Donnelly", "Duarte", "Eriksen", "Espinoza", "Farah", "Fischer", "Flores", "Foster", "Fraser", "Garcia", "Gill",
    "Gonzalez", "Gorski", "Grant", "Greene", "Gutierrez", "Haddad", "Hansen", "Harris", "Hernandez", "Hoang",
    "Hoffman", "Hussein", "Ibarra", "Jackson", "James", "Jensen", "Johnson", "Joshi", "Kaminski", "Kaur", "Keller",
    "Khan", "Kim", "Kowalski", "Kumar", "Larsen", "Le", "Lewis", "Lindqvist", "Lopez", "Lund", "Mahoney", "Martinez",
    "Mbeki", "McAllister", "Mendoza", "Meyer", "Miller", "Mitchell", "Moreno", "Morris", "Murphy", "Nakamura",
    "Nelson", "Nguyen", "Novak", "Nwosu", "Obrien", "Okafor", "Olson", "Ortiz", "Osei", "Park", "Patel", "Pereira",
    "Peterson", "Pham", "Popov", "Quinn", "Rahman", "Ramirez", "Reyes", "Rivera", "Robinson", "Rossi", "Ruiz",
    "Salazar", "Sanchez", "Santos", "Schmidt", "Sharma", "Silva", "Singh", "Sorensen", "Sullivan", "Tanaka",
    "Thompson", "Torres", "Tran", "Turner", "Usman", "Vang", "Vargas", "Vega", "Wagner", "Walker", "Washington",
    "Weber", "Whitehorse", "Williams", "Wright", "Xiong", "Yang", "Young", "Zamora", "Zielinski",
)  # fmt: skip

_PLACE_FIRST = (
    "Mill", "Depot", "Stone", "Willow", "Kettle", "Badger", "Heron", "Ferry", "Orchard", "Foundry", "Limekiln",
    "Sawyer", "Prospect", "Cooper", "Turnpike", "Meadow", "Beaver", "Otter", "Chapel", "Lantern", "Wheeler", "Sycamore",
    "Bluebird", "Harvest", "Tannery", "Copper", "Gravel", "Buttermilk", "Cannery", "Drover",
)  # fmt: skip
_PLACE_LAST = ("Street", "Creek", "Road", "Bend", "Park", "Landing", "Junction")
SUBSTATIONS = tuple(f"{first} {last}" for last in _PLACE_LAST for first in _PLACE_FIRST)
"""More than four for each of the districts."""

_TOWN_FIRST = ("Ash", "Birch", "Clear", "Dover", "Eagle", "Fox", "Glen", "Hazel", "King", "Lake", "Marsh", "New", "Oak",
               "Penn", "Rock", "Spring", "Thorn", "West", "Winter")  # fmt: skip
_TOWN_LAST = ("brook", "bury", "dale", "field", "ford", "ham", "haven", "mont", "port", "ton", "vale", "wick")

_STREETS = (
    "Chestnut", "Walnut", "Lincoln", "Washington", "Jefferson", "Franklin", "Main", "Church", "Park", "Cedar", "Elm",
    "Spruce", "Hickory", "Linden", "Poplar", "Sunset", "Highland", "Lakeview", "Prairie", "Railroad", "River", "School",
    "Spring", "Union", "Valley", "Winding", "Cherry", "Dogwood", "Evergreen", "Fairground", "Garfield", "Hillcrest",
    "Industrial", "Juniper", "Lafayette", "Madison", "Monroe", "Oakwood", "Pleasant", "Ridge",
)  # fmt: skip
_KINDS_OF_STREET = {"Street": 5.0, "Avenue": 4.0, "Drive": 3.0, "Lane": 2.0, "Court": 1.0}
_BUSINESSES = (
    "dental clinic", "grain co-op", "bakery", "self-storage yard", "dairy barn", "auto body shop", "school annexe",
    "fire station", "car wash", "apartment building", "cold store", "machine shop", "feed mill", "charging station",
)  # fmt: skip


def person(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def towns(rng: random.Random, district: str, count: int) -> tuple[str, ...]:
    """The district's own town first, then smaller ones."""
    pairs = [(first, last) for first in _TOWN_FIRST for last in _TOWN_LAST]
    return (district, *(first + last for first, last in rng.sample(pairs, count - 1)))


def street(rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"County Road {rng.choice('ABCDEFGHJKMNPQ')}"
    kind = rng.choices(list(_KINDS_OF_STREET), weights=list(_KINDS_OF_STREET.values()))[0]
    return f"{rng.choice(_STREETS)} {kind}"


def business(rng: random.Random) -> str:
    return rng.choice(_BUSINESSES)
