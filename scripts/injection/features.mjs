// Rows as the numbers that the model sees, read by the very code that reads them in the product.

/**
 * `{forms: [{count, gramsFrom, grams, traitsFrom, traits, noise, mask}]}`; `mask` says which segments hold the instruction, where
 * it is known.
 */
export function featuresOf(code, text, instruction, allForms = true) {
	const { forms } = code.formsOf(text);
	const wanted = instruction === undefined ? undefined : code.fold(instruction).text.trim();
	const out = [];
	for (const form of allForms ? forms : forms.slice(0, 1)) {
		const at = wanted === undefined || form.kind !== 'plain' ? -1 : form.text.indexOf(wanted);
		for (const slice of code.slicesOf(form.text)) {
			code.readSegments(form.text, slice.from, slice.to, scratch(code));
			code.addTraits(scratch(code), {
				first: form.first && slice.from === 0,
				last: form.last && slice.to === form.text.length,
			});
			out.push({
				...copy(scratch(code), at, at + (wanted?.length ?? 0)),
				noise: noiseOf(code, scratch(code)),
			});
		}
	}
	return out.filter(({ count }) => count > 0);
}

let segments;
function scratch(code) {
	return (segments ??= new code.Segments());
}

/** What is said of a window that is no sentence: the training leaves out the first kind alone. */
export const NOISE = 1;
export const MARKUP = 2;

/** By segment and length less one. */
function noiseOf(code, segments) {
	const noise = new Uint8Array(segments.count * code.WINDOW);
	for (let from = 0; from < segments.count; from++) {
		for (let to = from + 1; to <= segments.count && to <= from + code.WINDOW; to++) {
			noise[from * code.WINDOW + to - from - 1] = code.isNoise(segments, from, to)
				? NOISE
				: code.isMarkup(segments, from, to)
					? MARKUP
					: 0;
		}
	}
	return noise;
}

function copy(from, start, end) {
	const { count } = from;
	let mask;
	if (start >= 0) {
		mask = new Uint8Array(count);
		for (let at = 0; at < count; at++) {
			const inside = Math.min(from.end[at], end) - Math.max(from.start[at], start);
			mask[at] = inside * 2 > from.end[at] - from.start[at] || inside >= 12 ? 1 : 0;
		}
	}
	return {
		count,
		mask: mask?.includes(1) ? mask : undefined,
		start: from.start.slice(0, count),
		end: from.end.slice(0, count),
		gramsFrom: from.gramsFrom.slice(0, count + 1),
		grams: from.grams.slice(0, from.gramsFrom[count]),
		traitsFrom: from.traitsFrom.slice(0, count + 1),
		traits: Int16Array.from(from.traits.subarray(0, from.traitsFrom[count])),
	};
}
