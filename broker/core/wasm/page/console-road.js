// In place of the console's own: the broker runs in this page.

export { here, request, socket } from '../tab/road.js';
