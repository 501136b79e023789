// Logistic regression over windows of a text, where a text counts as its heaviest window: what the detector asks. One
// thread, fixed order, a generator of its own: the same rows give the same weights, bit for bit.

/** A small generator (xorshift32): the same numbers on every machine. */
export function randomFrom(seed) {
	let state = seed | 0 || 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 4294967296;
	};
}

const DEFAULTS = {
	epochs: 10,
	averagedFrom: 4,
	rate: 0.15,
	drop: 0.35,
	decay: 2e-5,
	seed: 20261128,
	window: 6,
	damping: 8,
};
/** A text that is judged right by so much rests for an epoch. */
const CLEAR = 3;

/** The weights of a new model, as floating point numbers. `sizes`: of the two tables. */
export function learn(rows, sizes, options = {}) {
	const o = { ...DEFAULTS, ...options };
	const model = {
		bias: -2,
		grams: new Float32Array(sizes.grams),
		traits: new Float32Array(sizes.traits),
		gramStep: 1,
		traitStep: 1,
	};
	const squares = {
		grams: new Float32Array(sizes.grams).fill(1e-3),
		traits: new Float32Array(sizes.traits).fill(1e-2),
	};
	const random = randomFrom(o.seed);
	const order = Int32Array.from(rows, (_, at) => at);
	const sums = { grams: new Float64Array(20_000), traits: new Float64Array(20_000) };
	const mean = new Mean(sizes);
	const rests = new Uint8Array(rows.length);
	for (let epoch = 0; epoch < o.epochs; epoch++) {
		shuffle(order, random);
		const rate = o.rate * (epoch < o.epochs * 0.6 ? 1 : 0.4);
		for (const at of order) {
			const row = rows[at];
			if (rests[at] === 1) {
				rests[at] = 0;
				continue;
			}
			if (row.y === 1) {
				const best = pick(row.forms, model, sums, o, 1, epoch < 2);
				if (best?.weight > CLEAR) rests[at] = 1;
				if (best) step(model, squares, best, 1, row.weight, rate, o, random);
				const outside = row.forms.some(form => form.mask) ? pick(row.forms, model, sums, o, 0) : undefined;
				if (outside) step(model, squares, outside, 0, Math.min(row.weight, 1) * 0.5, rate, o, random);
			} else {
				const worst = pick(row.forms, model, sums, o, undefined);
				if (worst?.weight < -CLEAR) rests[at] = 1;
				if (worst) step(model, squares, worst, 0, row.weight, rate, o, random);
				if (epoch < 3 && row.forms.length > 0) {
					const form = row.forms[Math.floor(random() * row.forms.length)];
					const from = Math.floor(random() * form.count);
					const any = {
						form,
						from,
						to: Math.min(form.count, from + 1 + Math.floor(random() * o.window)),
						weight: 0,
					};
					step(model, squares, { ...any, weight: weightOf(any, model, o) }, 0, row.weight, rate, o, random);
				}
			}
		}
		if (epoch >= o.averagedFrom) mean.add(model);
	}
	return mean.model(model);
}

/** The mean of the weights after several epochs: it depends less on the last texts seen than any of them. */
class Mean {
	count = 0;
	bias = 0;
	constructor(sizes) {
		this.grams = new Float64Array(sizes.grams);
		this.traits = new Float64Array(sizes.traits);
	}

	add({ bias, grams, traits }) {
		this.count += 1;
		this.bias += bias;
		for (let at = 0; at < grams.length; at++) this.grams[at] += grams[at];
		for (let at = 0; at < traits.length; at++) this.traits[at] += traits[at];
	}

	model(last) {
		const { count, bias, grams, traits } = this;
		const mean = table => Float32Array.from(table, sum => sum / count);
		return count === 0 ? last : { ...last, bias: bias / count, grams: mean(grams), traits: mean(traits) };
	}
}

function weightOf({ form, from, to }, model, o) {
	let grams = 0;
	let traits = 0;
	for (let at = form.gramsFrom[from]; at < form.gramsFrom[to]; at++) grams += model.grams[form.grams[at]];
	for (let at = form.traitsFrom[from]; at < form.traitsFrom[to]; at++) traits += model.traits[form.traits[at]];
	const features = form.gramsFrom[to] - form.gramsFrom[from];
	return model.bias + grams / Math.sqrt(features + o.damping) + traits / (to - from);
}

/** The heaviest window. `side` 1: of the instruction, where it is known; 0: beside it; undefined: anywhere. */
export function pick(forms, model, sums, o, side, whole = false) {
	let best;
	for (const form of forms) {
		const { count, gramsFrom, grams, traitsFrom, traits, noise, mask } = form;
		const { grams: gramSums, traits: traitSums } = sums;
		for (let at = 0; at < count; at++) {
			let total = 0;
			for (let each = gramsFrom[at]; each < gramsFrom[at + 1]; each++) total += model.grams[grams[each]];
			gramSums[at + 1] = gramSums[at] + total * model.gramStep;
			total = 0;
			for (let each = traitsFrom[at]; each < traitsFrom[at + 1]; each++) total += model.traits[traits[each]];
			traitSums[at + 1] = traitSums[at] + total * model.traitStep;
		}
		for (let from = 0; from < count; from++) {
			for (let to = from + 1; to <= count && to <= from + o.window; to++) {
				if (side !== undefined && mask !== undefined && mask[to - 1] !== side) break;
				const kind = noise[from * o.window + to - from - 1];
				if (kind === 1 || (kind === 2 && o.asDetector)) continue;
				const features = gramsFrom[to] - gramsFrom[from];
				const weight =
					model.bias +
					(gramSums[to] - gramSums[from]) / Math.sqrt(features + o.damping) +
					(traitSums[to] - traitSums[from]) / (to - from);
				const rank = whole && mask !== undefined ? to - from : weight;
				if (best === undefined || rank > best.rank) best = { form, from, to, weight, rank };
			}
		}
	}
	return best;
}

function step(model, squares, { form, from, to, weight }, y, scale, rate, o, random) {
	const error = 1 / (1 + Math.exp(-weight)) - y;
	const pull = error * scale;
	if (Math.abs(pull) < 0.01) return;
	const features = form.gramsFrom[to] - form.gramsFrom[from];
	const kept = 1 - o.drop;
	const pullGrams = pull / Math.sqrt(features + o.damping) / kept;
	for (let at = form.gramsFrom[from]; at < form.gramsFrom[to]; at++) {
		if (random() < o.drop) continue;
		const slot = form.grams[at];
		const slope = pullGrams + o.decay * model.grams[slot];
		squares.grams[slot] += slope * slope;
		model.grams[slot] -= (rate * slope) / Math.sqrt(squares.grams[slot]);
	}
	const pullTraits = pull / (to - from);
	for (let at = form.traitsFrom[from]; at < form.traitsFrom[to]; at++) {
		const trait = form.traits[at];
		const slope = pullTraits + o.decay * model.traits[trait];
		squares.traits[trait] += slope * slope;
		model.traits[trait] -= (rate * 0.5 * slope) / Math.sqrt(squares.traits[trait]);
	}
	model.bias -= rate * 0.02 * pull;
}

function shuffle(order, random) {
	for (let at = order.length - 1; at > 0; at--) {
		const other = Math.floor(random() * (at + 1));
		[order[at], order[other]] = [order[other], order[at]];
	}
}

/** The weights in whole steps, as they are kept in the project. */
export function quantise(model) {
	const gramStep = largest(model.grams, 0.9999) / 127;
	const traitStep = largest(model.traits, 1) / 2047;
	const whole = (table, step, limit, Kind) =>
		Kind.from(table, value => Math.max(-limit, Math.min(limit, Math.round(value / step))));
	return {
		bias: Math.round(model.bias * 4096) / 4096,
		grams: whole(model.grams, gramStep, 127, Int8Array),
		gramStep,
		traits: whole(model.traits, traitStep, 2047, Int16Array),
		traitStep,
	};
}

function largest(table, share) {
	const sorted = Float32Array.from(table, Math.abs)
		.filter(value => value > 0)
		.sort();
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] || 1;
}
