/** The conversation: sends prompts, shows answers as they come, stops them. */

import { post } from './stream.js';
import { TokenText } from './tokens.js';

const element = (id) => document.getElementById(id);
const log = element('log');
const empty = log.firstElementChild;
let messages = [];
let running = null;

/** Connects the form. */
export function startChat() {
	element('ask').addEventListener('submit', (event) => {
		event.preventDefault();
		ask();
	});
	element('prompt').addEventListener('keydown', (event) => {
		if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
			event.preventDefault();
			element('ask').requestSubmit();
		}
	});
	element('stop').addEventListener('click', () => running?.abort());
	element('reset').addEventListener('click', reset);
	element('tint').addEventListener('change', tint);
	tint();
}

function tint() {
	log.classList.toggle('tint', element('tint').checked);
}

function reset() {
	running?.abort();
	running = null;
	busy(false);
	messages = [];
	log.replaceChildren(empty);
	say('');
	element('prompt').focus();
}

async function ask() {
	const prompt = element('prompt').value.trim();
	if (!prompt || running) {
		return;
	}
	const wrong = element('sampling').querySelector(':invalid');
	if (wrong) {
		wrong.reportValidity();
		return;
	}
	const controller = new AbortController();
	running = controller;
	busy(true);
	empty.remove();
	bubble('user').text.textContent = prompt;
	element('prompt').value = '';
	messages.push({ role: 'user', content: prompt });
	const answer = await stream(controller);
	if (running === controller) {
		running = null;
		busy(false);
		if (answer) {
			messages.push({ role: 'assistant', content: answer });
		}
		else {
			messages.pop();
		}
	}
}

/** Streams an answer into a new bubble; returns its text, as far as it came. */
async function stream(controller) {
	const { article, text, footer } = bubble('assistant');
	article.classList.add('running');
	const tokens = new TokenText(text);
	const times = { sent: performance.now(), first: 0, last: 0 };
	const end = { reason: null, usage: null };
	say('Waiting for the first token');
	try {
		for await (const event of post('/chat/completions', request(), controller.signal)) {
			receive(event, tokens, times, end);
		}
		footer.textContent = summary(tokens, times, end);
		say('The answer is complete');
	}
	catch (error) {
		const stopped = error.name === 'AbortError';
		end.reason = stopped ? 'stopped' : 'failed';
		footer.textContent = stopped ? summary(tokens, times, end) : error.message;
		footer.classList.toggle('bad', !stopped);
		say(stopped ? 'Stopped' : 'The request failed', !stopped);
	}
	article.classList.remove('running');
	return tokens.text;
}

function receive(event, tokens, times, end) {
	if (event.error) {
		throw new Error(event.error.message);
	}
	end.usage = event.usage ?? end.usage;
	const choice = event.choices[0];
	if (!choice) {
		return;
	}
	end.reason = choice.finish_reason ?? end.reason;
	const made = choice.logprobs?.content ?? [];
	if (made.length > 0) {
		times.last = performance.now();
		if (times.first === 0) {
			times.first = times.last;
			say('Answering');
		}
	}
	const following = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
	tokens.add(choice.delta.content ?? '', made);
	if (following) {
		log.scrollTop = log.scrollHeight;
	}
}

function request() {
	const system = element('system').value.trim();
	const body = {
		model: element('model').value,
		messages: system ? [{ role: 'system', content: system }, ...messages] : messages,
		stream: true,
		stream_options: { include_usage: true },
		logprobs: true,
		top_logprobs: 5
	};
	for (const input of element('sampling').querySelectorAll('input[type=number]')) {
		if (input.value !== '') {
			body[input.name] = Number(input.value);
		}
	}
	return body;
}

function summary(tokens, times, end) {
	const parts = [];
	if (times.first > 0) {
		parts.push(`first token after ${Math.round(times.first - times.sent)} ms`);
	}
	if (times.last > times.first) {
		parts.push(`${(1000 * (tokens.count - 1) / (times.last - times.first)).toFixed(1)} tokens/s`);
	}
	parts.push(`${tokens.count} tokens`);
	if (end.usage) {
		const hit = end.usage.prompt_tokens_details?.cached_tokens ?? 0;
		parts.push(`prompt ${end.usage.prompt_tokens}${hit > 0 ? `, ${hit} from the cache` : ''}`);
	}
	parts.push({ stop: 'ended by itself', length: 'cut at the limit' }[end.reason] ?? end.reason);
	return parts.join(' · ');
}

function bubble(role) {
	const article = document.createElement('article');
	article.className = role;
	const text = document.createElement('div');
	text.className = 'text';
	const footer = document.createElement('footer');
	if (role === 'assistant') {
		text.tabIndex = 0;
		text.role = 'group';
		text.ariaLabel = 'Answer; arrow keys show the probabilities of its tokens';
	}
	article.append(text, footer);
	log.append(article);
	log.scrollTop = log.scrollHeight;
	return { article, text, footer };
}

function busy(is) {
	element('send').disabled = is;
	element('stop').disabled = !is;
	log.ariaBusy = String(is);
}

function say(text, bad = false) {
	element('status').textContent = text;
	element('status').classList.toggle('bad', bad);
}
