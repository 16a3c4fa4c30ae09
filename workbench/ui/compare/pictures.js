// Loading pictures: nothing is shown before it is decoded, so that no half picture is ever judged.

/** A decoded <img>; rejects when it can't be loaded or decoded. */
async function decoded(url, alt) {
  const img = new Image();
  img.draggable = false;
  img.decoding = "sync"; // what was decoded is there in the very frame in which it takes its place
  img.alt = alt;
  img.src = url;
  await img.decode();
  return img;
}

/** Do it when there is nothing else to do. */
const idle = (act) => (window.requestIdleCallback ?? setTimeout)(act);

/** Fetch what is likely to be shown next. */
function warmUp(urls) {
  if (urls.length) idle(() => urls.forEach((url) => { new Image().src = url; }));
}

/** Whether a mask can be used: CSS asks for it with CORS and says nothing when it gets none. */
async function usable(url) {
  const img = new Image();
  img.crossOrigin = "anonymous";
  img.src = url;
  return img.decode().then(() => true, () => false);
}
