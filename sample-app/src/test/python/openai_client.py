"""What OpenAI's Python client makes of a server: prints one JSON object for the test to judge.

usage: openai_client.py BASE_URL MODEL
"""
import asyncio
import json
import sys

import openai

base, model = sys.argv[1:]
client = openai.OpenAI(base_url=base, api_key="none", max_retries=0)
question = [{"role": "user", "content": "What colour is the sky?"}]
found = {}

answer = client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=40)
found["text"] = answer.choices[0].message.content
found["finish_reason"] = answer.choices[0].finish_reason
found["total"] = answer.usage.total_tokens
found["sum"] = answer.usage.prompt_tokens + answer.usage.completion_tokens

chunks = list(client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=40, stream=True,
                                             stream_options={"include_usage": True}))
found["streamed"] = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
found["first_role"] = chunks[0].choices[0].delta.role
found["last_usage"] = chunks[-1].usage.total_tokens

scored = client.completions.create(model=model, prompt="one two three", max_tokens=1, logprobs=1, echo=True, temperature=0)
logprobs = scored.choices[0].logprobs
found["echo"] = scored.choices[0].text.startswith("one two three")
found["first_logprob"] = logprobs.token_logprobs[0]
found["best_of_last"] = max(logprobs.top_logprobs[-1].values()) == logprobs.token_logprobs[-1]

try:
    client.chat.completions.create(model="other", messages=question)
except openai.NotFoundError as error:
    found["missing"] = error.code
try:
    client.chat.completions.create(model=model, messages=question, extra_body={"best_of": 3})
except openai.BadRequestError as error:
    found["refused"] = error.body["message"]


async def many():
    calls = openai.AsyncOpenAI(base_url=base, api_key="none", max_retries=0)
    return await asyncio.gather(*(calls.chat.completions.create(model=model, messages=question, temperature=0,
                                                                max_tokens=40) for _ in range(8)))

found["parallel"] = sorted({a.choices[0].message.content for a in asyncio.run(many())})
print(json.dumps(found))
