// A worker that only counts seconds: the browser slows the timers of a hidden page, not those of its workers.
let count = 0;
setInterval(() => postMessage(++count), 1000);
