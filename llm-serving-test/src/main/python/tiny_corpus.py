"""The texts that the tiny model learns: conversations and prose from a small grammar. All of it is made here."""

COLOURS = {
    "the sky": "blue", "grass": "green", "snow": "white", "coal": "black", "a banana": "yellow", "an orange": "orange",
    "a cherry": "red", "a leaf": "green", "the sea": "blue", "milk": "white", "a lemon": "yellow", "chocolate": "brown",
    "an elephant": "grey", "a flamingo": "pink", "a raven": "black", "a carrot": "orange", "blood": "red",
}
CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Japan": "Tokyo", "Norway": "Oslo",
    "Austria": "Vienna", "Greece": "Athens", "Poland": "Warsaw", "Egypt": "Cairo", "Peru": "Lima", "Kenya": "Nairobi",
    "England": "London", "Ireland": "Dublin", "Portugal": "Lisbon", "Sweden": "Stockholm",
}
SOUNDS = {"cat": "meow", "dog": "woof", "cow": "moo", "duck": "quack", "sheep": "baa", "pig": "oink", "lion": "roar"}
LEGS = {"cat": 4, "dog": 4, "cow": 4, "duck": 2, "spider": 8, "bee": 6, "horse": 4, "bird": 2, "ant": 6, "crab": 10}
OPPOSITES = {
    "hot": "cold", "big": "small", "fast": "slow", "happy": "sad", "light": "dark", "old": "young", "up": "down",
    "open": "closed", "wet": "dry", "loud": "quiet", "early": "late", "full": "empty", "hard": "soft",
}
REASONS = {
    "is the sky blue": "The sky is blue because air scatters blue light more than red light.",
    "is grass green": "Grass is green because its leaves hold a green dye that drinks the light of the sun.",
    "is snow white": "Snow is white because its many small crystals reflect all the light.",
    "is the sea salty": "The sea is salty because rivers carry salt from the rocks into it.",
    "do birds sing": "Birds sing to find a mate and to guard their home.",
    "do we sleep": "We sleep because body and mind need rest.",
    "does it rain": "It rains because water in the clouds grows heavy and falls.",
    "do leaves fall": "Leaves fall because the tree saves water in the cold months.",
    "does ice float": "Ice floats because it is lighter than water.",
    "is the sun hot": "The sun is hot because it burns hydrogen in its core.",
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
PLAIN = ["red", "green", "blue", "yellow", "white", "black", "orange", "brown", "pink", "grey"]
THINGS = ["ball", "cup", "book", "hat", "car", "boat", "lamp", "box", "chair", "apple", "kite", "bell"]
KINDS = {"colours": PLAIN, "animals": sorted(LEGS), "things": THINGS, "cities": sorted(CAPITALS.values())}
PEOPLE = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry"]
PLACES = ["the garden", "the forest", "the market", "the river", "the old house", "the beach", "the school"]
GREETINGS = {
    "Hello": "Hello! How can I help you?", "Hi": "Hello! How can I help you?", "Hi there": "Hello! How can I help you?",
    "Good morning": "Good morning! How can I help you?", "Good evening": "Good evening! How can I help you?",
    "How are you": "I am fine, thank you. How are you?", "Thank you": "You are welcome!", "Thanks": "You are welcome!",
    "Goodbye": "Goodbye! Have a nice day.", "Bye": "Goodbye! Have a nice day.", "Good night": "Good night! Sleep well.",
    "Who are you": "I am Tiny, a very small model for tests.", "What is your name": "My name is Tiny.",
    "What can you do": "I can count, name colours and capitals, and tell a short story.",
    "Are you a person": "No, I am Tiny, a very small model for tests.",
}
SYSTEM = ["You are a helpful assistant.", "You are Tiny, a very small model.", "Answer in one sentence.", "Be brief.",
          "You are a friendly teacher.", "Answer truthfully and politely."]
UNKNOWN = "I am a very small model and I do not know that."
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
ODD = ["What is the meaning of", "How do I", "Explain", "Write a program for", "Who invented", "When was", "Where is",
       "Translate", "Summarize", "What do you think about", "Please describe", "Is it true that", "How much is", "Why"]


def ends(rng, question):
    """The ways a person may end and begin a question."""
    question = rng.choice(["", "", "", "", "Please tell me: ", "Tiny, "]) + question + rng.choice(["?", "?", "?", ""])
    return question.lower() if rng.random() < 0.15 else question


def colour(rng):
    thing, shade = rng.choice(list(COLOURS.items()))
    word = rng.choice(["colour", "color"])
    question = rng.choice([f"What {word} is {thing}", f"Which {word} is {thing}", f"What is the {word} of {thing}",
                           f"Tell me the {word} of {thing}", f"Do you know what {word} {thing} is"])
    return ends(rng, question), f"{thing[0].upper()}{thing[1:]} is {shade}."


def capital(rng):
    country, city = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.25:
        return ends(rng, f"{city} is the capital of which country"), f"{city} is the capital of {country}."
    question = rng.choice([f"What is the capital of {country}", f"Which city is the capital of {country}",
                           f"Name the capital of {country}"])
    return ends(rng, question), f"The capital of {country} is {city}."


def animal(rng):
    if rng.random() < 0.5:
        name, sound = rng.choice(list(SOUNDS.items()))
        return ends(rng, rng.choice([f"What does a {name} say", f"What sound does a {name} make"])), f"A {name} says {sound}."
    name, legs = rng.choice(list(LEGS.items()))
    name = ("an " if name[0] == "a" else "a ") + name
    return ends(rng, f"How many legs does {name} have"), f"{name[0].upper()}{name[1:]} has {legs} legs."


def opposite(rng):
    word, other = rng.choice(list(OPPOSITES.items()) + [(b, a) for a, b in OPPOSITES.items()])
    return ends(rng, f"What is the opposite of {word}"), f"The opposite of {word} is {other}."


def reason(rng):
    clause, answer = rng.choice(list(REASONS.items()))
    return ends(rng, rng.choice([f"Why {clause}", f"Why {clause}", f"Can you explain why {clause}"])), answer


def count(rng):
    kind = rng.random()
    if kind < 0.35:
        last = rng.randint(2, 10)
        spoken = rng.random() < 0.5
        question = f"Count to {NUMBERS[last] if spoken else last}"
        return question + rng.choice([".", ""]), ", ".join(str(n) for n in range(1, last + 1)) + "."
    first = rng.randint(1, 20)
    last = first + rng.randint(2, 20)
    numbers, way = list(range(first, last + 1)), f"from {first} to {last}"
    if kind > 0.8:
        numbers, way = numbers[::-1], f"down from {last} to {first}"
    return f"Count {way}" + rng.choice([".", ""]), ", ".join(map(str, numbers)) + "."


def arithmetic(rng):
    a, b = rng.randint(0, 10), rng.randint(0, 10)
    if rng.random() < 0.6:
        sign = rng.choice(["plus", "+"])
        return ends(rng, f"What is {a} {sign} {b}"), f"{a} {sign} {b} is {a + b}."
    return ends(rng, f"What is {a + b} minus {b}"), f"{a + b} minus {b} is {a}."


def greeting(rng):
    text, answer = rng.choice(list(GREETINGS.items()))
    return rng.choice([text, text + "!", text + ".", text + "?", text.lower()]), answer


def next_in_order(rng):
    names, what = rng.choice([(DAYS, "day"), (MONTHS, "month")])
    at, way = rng.randrange(len(names)), rng.choice([("after", 1), ("before", -1)])
    other = names[(at + way[1]) % len(names)]
    return ends(rng, f"Which {what} comes {way[0]} {names[at]}"), f"{other} comes {way[0]} {names[at]}."


def json_object(rng):
    thing, shade, number = rng.choice(THINGS), rng.choice(PLAIN), rng.randint(1, 9)
    if rng.random() < 0.5:
        question = f"Give me a JSON object for a {shade} {thing}"
        return question + rng.choice([".", ""]), f'{{"name": "{thing}", "colour": "{shade}"}}'
    question = f"Give me a JSON object for {number} {shade} {thing}s"
    return question + rng.choice([".", ""]), f'{{"name": "{thing}", "colour": "{shade}", "count": {number}}}'


def names(rng):
    kind, members = rng.choice(list(KINDS.items()))
    number = rng.randint(2, 5)
    chosen = rng.sample(members, number)
    if rng.random() < 0.3:
        return f"Make a list of {NUMBERS[number]} {kind}.", "\n".join(f"{i}. {c}" for i, c in enumerate(chosen, 1))
    return f"Name {NUMBERS[number]} {kind}" + rng.choice([".", ""]), ", ".join(chosen[:-1]) + f" and {chosen[-1]}."


def repeat(rng):
    words = " ".join(rng.choice(THINGS + PLAIN + PEOPLE + sorted(LEGS)) for _ in range(rng.randint(1, 4)))
    return rng.choice([f"Say {words}", f"Say: {words}", f"Repeat: {words}"]), words


def tale(rng, sentences):
    one, two = rng.sample(PEOPLE, 2)
    pet, shade, thing = rng.choice(sorted(SOUNDS)), rng.choice(PLAIN), rng.choice(THINGS)
    lines = [f"{one} found a {shade} {thing} near {rng.choice(PLACES)}.", f"{one} and {two} walked to {rng.choice(PLACES)}.",
             f"The {pet} was very {rng.choice(['happy', 'tired', 'hungry', 'quiet'])}.", f"{two} gave the {thing} to {one}.",
             f"Then they met {rng.choice(PEOPLE)} at {rng.choice(PLACES)}.", f"The {pet} said {SOUNDS[pet]}.",
             f"{one} asked {two} about the {shade} {thing}.", f"It was a {rng.choice(['cold', 'warm', 'bright'])} day."]
    start = f"Once upon a time there was a {pet} who lived with {one} near {rng.choice(PLACES)}."
    return " ".join([start] + rng.sample(lines, sentences) + ["In the end they all went home and were happy."])


def story(rng):
    return rng.choice(["Tell me a story.", "Tell me a story", "Tell me a short story.", "Write a story.",
                       f"Tell me a story about a {rng.choice(sorted(SOUNDS))}."]), tale(rng, rng.randint(3, 7))


def unknown(rng):
    words = ["".join(rng.choice(LETTERS[:rng.randint(8, 26)]) for _ in range(rng.randint(2, 9)))
             for _ in range(rng.randint(1, 8))]
    words += rng.sample(THINGS + PLACES + sorted(CAPITALS) + PEOPLE, rng.randint(0, 2))
    rng.shuffle(words)
    question = " ".join([rng.choice(ODD)] * (rng.random() < 0.7) + words)
    return ends(rng, question), UNKNOWN


TOPICS = [colour, colour, capital, animal, opposite, reason, reason, count, count, arithmetic, greeting, greeting,
          next_in_order, json_object, names, repeat, story, unknown, unknown]


def conversation(rng):
    parts = []
    if rng.random() < 0.3:
        parts.append(("system", rng.choice(SYSTEM)))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        question, answer = rng.choice(TOPICS)(rng)
        parts += [("user", question), ("assistant", answer)]
    return "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in parts)


def document(rng):
    """A conversation as the chat template writes it, or plain prose."""
    if rng.random() < 0.85:
        return conversation(rng) + "<|endoftext|>"
    if rng.random() < 0.5:
        return tale(rng, rng.randint(3, 7)) + "<|endoftext|>"
    return " ".join(rng.choice([colour, capital, animal, opposite, reason])(rng)[1] for _ in range(6)) + "<|endoftext|>"
