"""Times vLLM's engine without a server. usage: python vllm_engine.py MODEL_DIR

Reads one JSON object a line, {"streams": 8, "before": 128, "generated": 64}, and answers each by a line that begins with
"RESULT ". Prompts are random token ids, prefix caching is off, generation is greedy and of fixed length. generated = 0 times the
prompt; else the time of generating one token is taken off, so that what remains is the time of the others."""
import json
import random
import sys
import time

from vllm import LLM, SamplingParams


def main():
    llm = LLM(model=sys.argv[1], dtype="bfloat16", enable_prefix_caching=False, max_model_len=8192, disable_log_stats=True)
    vocabulary = llm.get_tokenizer().vocab_size
    rng = random.Random(1)

    def seconds(streams, before, tokens):
        prompts = [{"prompt_token_ids": [rng.randrange(100, vocabulary - 100) for _ in range(before)]} for _ in range(streams)]
        parameters = SamplingParams(temperature=0, ignore_eos=True, max_tokens=tokens)
        start = time.perf_counter()
        outputs = llm.generate(prompts, parameters, use_tqdm=False)
        took = time.perf_counter() - start
        made = sum(len(output.outputs[0].token_ids) for output in outputs)
        if made != streams * tokens:
            raise RuntimeError(f"{made} tokens instead of {streams * tokens}")
        return took

    print("RESULT {}", flush=True)
    for line in sys.stdin:
        row = json.loads(line)
        first = seconds(row["streams"], row["before"], 1)
        if row["generated"] > 0:
            whole = seconds(row["streams"], row["before"], row["generated"] + 1)
            rate = row["streams"] * row["generated"] / (whole - first)
        else:
            rate = row["streams"] * row["before"] / first
        print("RESULT " + json.dumps({"rate": rate}), flush=True)


if __name__ == "__main__":
    main()
