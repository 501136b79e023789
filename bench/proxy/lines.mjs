/** Calls `take` with each line of a stream, without its newline, in linear time; `end` when the stream is over. */
export function eachLine(stream, take, end) {
	let parts = [];
	stream.on('data', chunk => {
		let from = 0;
		for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
			parts.push(chunk.subarray(from, at));
			const line = parts.length === 1 ? parts[0] : Buffer.concat(parts);
			parts = [];
			from = at + 1;
			if (line.length > 0) {
				take(line);
			}
		}
		if (from < chunk.length) {
			parts.push(chunk.subarray(from));
		}
	});
	if (end !== undefined) {
		stream.on('end', end);
	}
}
