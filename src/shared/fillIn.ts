export { fillIn } from '../base/fillIn';
