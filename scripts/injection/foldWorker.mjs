// One worker of the cross-validation: trains without the sources of a fold and sends the weights back.
import { parentPort, workerData } from 'node:worker_threads';
import { recall } from './cache.mjs';
import { trainOn } from './prepare.mjs';
import { FOLDS } from './sources.mjs';

const items = recall(workerData.file);
parentPort.on('message', fold => {
	if (fold === undefined) {
		parentPort.close();
		return;
	}
	const { measured, also = [] } = FOLDS[fold];
	parentPort.postMessage({ fold, weights: trainOn(workerData.sizes, items, new Set([...measured, ...also])) });
});
