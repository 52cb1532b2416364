/** Requests to the application, and its server-sent events read as they come. */

const api = document.body.dataset.api;

/** Sends a request with the key that was entered, if any; answers that are errors become errors. */
async function send(address, options) {
	const headers = { ...options.headers };
	const key = document.getElementById('key').value.trim();
	if (key) {
		headers.Authorization = `Bearer ${key}`;
	}
	const response = await fetch(address, { ...options, headers });
	if (!response.ok) {
		throw new Error(await reason(response));
	}
	return response;
}

async function reason(response) {
	const text = await response.text();
	try {
		return JSON.parse(text).error.message;
	}
	catch {
		return response.status === 401 ? 'This needs an API key: enter it under "Request"' : `Status ${response.status}`;
	}
}

/** Returns what an endpoint of the API answers. */
export async function get(path) {
	return (await send(api + path, {})).json();
}

/** Posts JSON to the API and yields the data of each event of its answer. */
export async function* post(path, body, signal) {
	const response = await send(api + path, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
		signal
	});
	yield* events(response);
}

/** Yields the data of each event of a feed beside the page. */
export async function* feed(path, signal) {
	yield* events(await send(path, { signal }));
}

async function* events(response) {
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = '';
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) {
				return;
			}
			text += value;
			for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
				const frame = text.slice(0, end);
				text = text.slice(end + 2);
				if (frame.startsWith('data: ') && frame !== 'data: [DONE]') {
					yield JSON.parse(frame.slice(6));
				}
			}
		}
	}
	finally {
		reader.cancel().catch(() => {});
	}
}
