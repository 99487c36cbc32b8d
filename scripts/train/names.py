"""People and companies by where their names come from, for swapping: whom one deals with is no reason for a tone.

None of them is one that behaviour.py tests with.
"""
import re

NAMES = [line.split() for line in """
Amy Claire Rachel Victoria Rebecca Lucy Megan Alice
Tom Matthew Andrew Peter Simon Henry Liam Stuart
Lakisha Darnell Malik Tanisha Terrell Shanice Marquis Imani
Hassan Noor Zainab Karim Samira Tariq Youssef Huda
Deepika Sanjay Kavita Rahul Lakshmi Naveen Meera Gopal
Xin Lihua Zhang Ying Tao Qiang Lan Bo
Kelechi Folake Babajide Efua Sipho Thabo Nkechi Yaw
Miguel Isabella Alejandro Rosa Fernando Camila Pablo Elena
Irina Tomasz Ivan Katarzyna Boris Milena Jakub Ludmila
Hiroshi Yuki Minh Linh Jisoo Kenji Thuy Haruka
Hans Greta Pierre Chloe Giulia Paolo Astrid Sven
""".strip().splitlines()]
COMPANIES = [line.split("|") for line in """
Ashby Dunmore|Holloway Partners|Ridgeback|Northgate Supplies|Fairbourne|Wexley Group
Caldera|Zentro|Vantiq|Bluefin Labs|Nuvexa|Tessellate|Gridlane
Schmidt & Wagner|Hoffmann GmbH|Lindner AG|Krüger Maschinenbau|Vogel & Partner KG
Gupta Textiles|Reddy Pharma|Mehta Exports|Iyer Systems|Bhatia Steel
Zhongtai|Hongyuan Electric|Jinhai Shipping|Shenlan|Baoli Machinery|Tianhe Plastics
Balogun Stores|Nwosu Group|Adeyemi Motors|Mensah Foods|Chukwu Ventures
Garcia Hermanos|Grupo Soler|Ferreira Lda|Rossi SpA|Dubois et Fils|Nowak Sp. z o.o.
Goodwin & Sons|Brightside|Wellstead|Fairweather|Sweetwater|Happy Valley|Joyce Brothers|Hardcastle|Coldstream|Grimshaw|Blackmoor|Payne Ltd|Savage & Moody|Loveday|Crosskill|Winnings
Yılmaz Tekstil|Al-Rashid Trading|Haddad Contracting|Tanaka Seiki|Kim Logistics|Nguyen Foods
""".strip().splitlines()]


def with_name(text, names, other):
    for name in names:
        text = re.sub(rf"\b{re.escape(name)}\b", other, text)
    return text


def with_company(text, companies, other):
    """Both as it is written in full and by its first word, where that is long enough to mean it."""
    for name in companies:
        first = name.split()[0]
        for spelling in (name, first) if len(first) > 3 else (name,):
            text = text.replace(spelling, other)
    return text
