export { printable } from '../base/printable';
