/** Starts the page: the models, the conversation, the live view. */

import { startChat } from './chat.js';
import { startEngineView } from './engine.js';
import { get } from './stream.js';
import { showProbabilities } from './tokens.js';

const KEY = 'llm-serving-api-key';
const key = document.getElementById('key');

async function loadModels() {
	const select = document.getElementById('model');
	try {
		const models = (await get('/models')).data.map((model) => model.id);
		const chosen = select.value;
		select.replaceChildren(...models.map((id) => new Option(id, id)));
		if (models.includes(chosen)) {
			select.value = chosen;
		}
		select.dispatchEvent(new Event('change'));
	}
	catch (error) {
		document.getElementById('status').textContent = error.message;
	}
}

key.value = sessionStorage.getItem(KEY) ?? '';
key.addEventListener('change', () => {
	sessionStorage.setItem(KEY, key.value);
	loadModels();
});
document.addEventListener('models', loadModels);
startChat();
startEngineView();
showProbabilities(document.getElementById('log'));
loadModels();
