/** An answer made of tokens, each of which tells what else the model thought of. */

const tip = document.getElementById('tip');
const details = new WeakMap();
let active = null;

/** Takes the pieces of one answer and puts them into an element. */
export class TokenText {

	constructor(element) {
		this.element = element;
		this.held = [];
		this.text = '';
		this.count = 0;
	}

	/** Adds text with the tokens that made it; tokens may come before their text. */
	add(text, tokens) {
		this.held.push(...tokens);
		this.count += tokens.length;
		if (!text) {
			return;
		}
		this.text += text;
		const pieces = this.held.length > 1 ? split(text, this.held) : null;
		if (pieces) {
			pieces.forEach((piece, i) => this.append(piece, [this.held[i]]));
		}
		else {
			this.append(text, this.held);
		}
		this.held = [];
	}

	append(text, tokens) {
		const span = document.createElement('span');
		span.className = 'token';
		span.textContent = text;
		if (tokens.length > 0) {
			const least = Math.exp(Math.min(...tokens.map((token) => token.logprob)));
			span.classList.toggle('unlikely', least < 0.5 && least >= 0.1);
			span.classList.toggle('rare', least < 0.1);
			details.set(span, tokens);
		}
		this.element.append(span);
	}

}

/**
 * Cuts a text where its tokens do, null where a character spans several tokens. Tokens after the text's end, as the one
 * that ends an answer, have no piece.
 */
function split(text, tokens) {
	const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	const pieces = [];
	let end = 0;
	try {
		while (end < text.length && pieces.length < tokens.length) {
			const piece = decoder.decode(new Uint8Array(tokens[pieces.length].bytes));
			if (!text.startsWith(piece, end)) {
				return null;
			}
			pieces.push(piece);
			end += piece.length;
		}
	}
	catch {
		return null;
	}
	return end === text.length ? pieces : null;
}

/** Shows probabilities of the token that is pointed at, or moved to by arrow keys in a focused answer. */
export function showProbabilities(log) {
	log.addEventListener('mouseover', (event) => show(event.target.closest('.token')));
	log.addEventListener('click', (event) => show(event.target.closest('.token')));
	log.addEventListener('mouseleave', () => show(null));
	log.addEventListener('focusout', () => show(null));
	log.addEventListener('scroll', () => show(null));
	log.addEventListener('keydown', (event) => {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (event.key === 'Escape') {
			show(null);
		}
		else if (step && event.target.classList.contains('text')) {
			event.preventDefault();
			const tokens = [...event.target.querySelectorAll('.token')];
			const from = tokens.indexOf(active);
			show(tokens[Math.min(tokens.length - 1, Math.max(0, from < 0 ? 0 : from + step))]);
		}
	});
}

function show(token) {
	if (token === active) {
		return;
	}
	active?.classList.remove('active');
	active = token ?? null;
	const tokens = active && details.get(active);
	tip.hidden = !tokens;
	if (!tokens) {
		return;
	}
	active.classList.add('active');
	tip.replaceChildren(...tokens.map(table));
	const box = active.getClientRects()[0];
	tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - tip.offsetWidth - 4))}px`;
	const below = box.bottom + 6;
	tip.style.top = `${below + tip.offsetHeight < innerHeight ? below : Math.max(4, box.top - tip.offsetHeight - 6)}px`;
}

function table(token) {
	const table = document.createElement('table');
	table.createCaption().textContent = `“${visible(token.token)}” had ${percent(token.logprob)}`;
	const rows = token.top_logprobs.some((top) => same(top, token)) ? token.top_logprobs : [token, ...token.top_logprobs];
	for (const top of rows) {
		const row = table.insertRow();
		row.classList.toggle('taken', same(top, token));
		row.insertCell().textContent = visible(top.token);
		row.insertCell().textContent = percent(top.logprob);
		const meter = document.createElement('meter');
		meter.value = Math.exp(top.logprob);
		meter.ariaHidden = 'true';
		row.insertCell().append(meter);
	}
	return table;
}

function same(one, other) {
	return one.logprob === other.logprob && one.token === other.token;
}

function percent(logprob) {
	const value = 100 * Math.exp(logprob);
	return value >= 0.1 ? `${value.toFixed(1)} %` : '< 0.1 %';
}

function visible(text) {
	return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}
