'use strict';
// Takes the place of @vscode/spdlog, a native module that installing without scripts never compiles: without it the editor
// writes no log at all and every output channel stays empty. Appends at once, never rotates.
const fs = require('node:fs');
const path = require('node:path');

const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
	#file;
	#level = names.indexOf('info');
	#formatted = true;

	constructor(_type, _name, file) {
		this.#file = file;
		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.appendFileSync(file, '');
	}

	trace(message) {
		this.#write(0, message);
	}
	debug(message) {
		this.#write(1, message);
	}
	info(message) {
		this.#write(2, message);
	}
	warn(message) {
		this.#write(3, message);
	}
	error(message) {
		this.#write(4, message);
	}
	critical(message) {
		this.#write(5, message);
	}
	getLevel() {
		return this.#level;
	}
	setLevel(level) {
		this.#level = level;
	}
	setPattern() {
		this.#formatted = true;
	}
	clearFormatters() {
		this.#formatted = false;
	}
	flush() {}
	drop() {}

	#write(level, message) {
		if (level < this.#level) return;
		const time = new Date().toISOString().replace('T', ' ').slice(0, 23);
		fs.appendFileSync(this.#file, this.#formatted ? `${time} [${names[level]}] ${message}\n` : message);
	}
}

exports.version = 0;
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = async (...args) => new Logger('rotating', ...args);
exports.createAsyncRotatingLogger = async (...args) => new Logger('rotating_async', ...args);
