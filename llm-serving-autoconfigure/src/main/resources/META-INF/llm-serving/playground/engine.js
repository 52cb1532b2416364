/** The live view of the engine: numbers, a trace of the speed, the cache's blocks as a map. */

import { feed } from './stream.js';

const element = (id) => document.getElementById(id);
const SAMPLES = 60;
let samples = [];
let last = null;
let latest = null;
let connection = null;

/** Watches as long as the page is seen, and again after a loss. */
export function startEngineView() {
	document.addEventListener('visibilitychange', watch);
	element('model').addEventListener('change', () => {
		samples = [];
		last = null;
		draw();
	});
	element('key').addEventListener('change', () => {
		connection?.abort();
		connection = null;
		watch();
	});
	new ResizeObserver(() => draw()).observe(element('map'));
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
	watch();
}

async function watch() {
	if (document.visibilityState === 'hidden') {
		connection?.abort();
		connection = null;
		return;
	}
	if (connection) {
		return;
	}
	const own = new AbortController();
	connection = own;
	for (let pause = 1000; connection === own; pause = Math.min(2 * pause, 15000)) {
		try {
			for await (const event of feed('events', own.signal)) {
				tellOfNewModels(event.models);
				latest = event.models;
				pause = 1000;
				draw(performance.now());
			}
		}
		catch (error) {
			if (own.signal.aborted) {
				return;
			}
			badge(error.message);
		}
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

/** Models may come and go while the page is open. */
function tellOfNewModels(models) {
	const ids = (list) => list.map((model) => model.id).join();
	if (latest && ids(latest) !== ids(models)) {
		document.dispatchEvent(new Event('models'));
	}
}

function badge(text) {
	element('model-state').textContent = text;
}

function draw(now) {
	// What is chosen may be a route, which is no engine's id.
	const model = latest?.find((candidate) => candidate.id === element('model').value) ?? latest?.[0];
	if (!model) {
		return;
	}
	element('engine-model').textContent = model.id;
	if (typeof now === 'number') {
		sample(model, now);
	}
	badge(model.state.toLowerCase());
	element('running').textContent = model.running;
	element('waiting').textContent = model.waiting;
	element('rate').textContent = (samples.at(-1) ?? 0).toFixed(0);
	element('hits').textContent = model.prefixQueried > 0
		? `${(100 * model.prefixHits / model.prefixQueried).toFixed(0)} %` : 'none';
	element('totals').textContent = `${model.finished} answered, ${model.cancelled} stopped, ${model.failed} failed · `
		+ `${model.generatedTokens} tokens generated, ${model.promptTokens} prompt tokens computed, `
		+ `${model.prefixHits} found in the cache · ${model.steps} steps, ${model.preemptions} preemptions`;
	drawTrace();
	drawMap(model);
}

function sample(model, now) {
	if (last && now > last.now && model.generatedTokens >= last.generated) {
		samples.push(1000 * (model.generatedTokens - last.generated) / (now - last.now));
		samples = samples.slice(-SAMPLES);
	}
	last = { now, generated: model.generatedTokens };
}

function drawTrace() {
	const { context, width, height } = prepare(element('trace'), 36);
	const most = Math.max(10, ...samples);
	context.strokeStyle = color('--line');
	context.strokeRect(0.5, 0.5, width - 1, height - 1);
	context.strokeStyle = color('--accent');
	context.lineWidth = 1.5;
	context.beginPath();
	samples.forEach((value, i) => {
		const x = width * (i + SAMPLES - samples.length) / (SAMPLES - 1);
		context.lineTo(x, height - 3 - (height - 6) * value / most);
	});
	context.stroke();
}

function drawMap(model) {
	const map = element('map');
	const cells = model.cells;
	const size = Math.max(4, Math.min(14, Math.floor(Math.sqrt(map.clientWidth * 140 / Math.max(1, cells.length)))));
	const columns = Math.max(1, Math.floor(map.clientWidth / size));
	const { context } = prepare(map, Math.max(size, Math.ceil(cells.length / columns) * size));
	const paint = { '.': color('--free'), c: color('--cached'), h: color('--held'), s: color('--shared') };
	const inner = size - 1;
	for (let i = 0; i < cells.length; i++) {
		const x = (i % columns) * size;
		const y = Math.floor(i / columns) * size;
		context.fillStyle = context.strokeStyle = paint[cells[i]];
		if (cells[i] === 'h' || cells[i] === 's') {
			context.fillRect(x, y, inner, inner);
		}
		else {
			context.lineWidth = cells[i] === 'c' ? 2 : 1;
			const inset = context.lineWidth / 2;
			context.strokeRect(x + inset, y + inset, inner - 2 * inset, inner - 2 * inset);
		}
		if (cells[i] === 's') {
			context.clearRect(x + inner / 3, y + inner / 3, inner / 3, inner / 3);
		}
	}
	const free = model.blocks - model.used - model.cached;
	const counts = { held: model.used - model.shared, shared: model.shared, cached: model.cached, free };
	for (const [name, count] of Object.entries(counts)) {
		element(name).textContent = Math.max(0, count);
	}
	element('blocks').textContent = model.blocksPerCell > 1 ? `${model.blocks}, ${model.blocksPerCell} to a square`
		: `${model.blocks}`;
	map.ariaLabel = `Map of the cache's ${model.blocks} blocks: ${counts.held} in use, ${counts.shared} shared, `
		+ `${counts.cached} kept for hits`;
}

/** Clears a canvas of a height and scales it to the screen's pixels. */
function prepare(canvas, height) {
	const scale = devicePixelRatio || 1;
	const width = canvas.clientWidth;
	canvas.style.height = `${height}px`;
	canvas.width = Math.round(width * scale);
	canvas.height = Math.round(height * scale);
	const context = canvas.getContext('2d');
	context.scale(scale, scale);
	return { context, width, height };
}

function color(name) {
	return getComputedStyle(document.body).getPropertyValue(name);
}
