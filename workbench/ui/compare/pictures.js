// Loading pictures: nothing is shown before it is decoded, so that no half picture is ever judged.

/** A decoded <img>; rejects when it can't be loaded or decoded. */
async function decoded(url, alt) {
  const img = new Image();
  img.draggable = false;
  img.alt = alt;
  img.src = url;
  await img.decode();
  return img;
}

/** Fetch what is likely to be shown next, when there is nothing else to do. */
function warmUp(urls) {
  const fetchAll = () => urls.forEach((url) => { new Image().src = url; });
  if (urls.length) (window.requestIdleCallback ?? setTimeout)(fetchAll);
}

/** Whether a mask can be used: CSS asks for it with CORS and says nothing when it gets none. */
async function usable(url) {
  const img = new Image();
  img.crossOrigin = "anonymous";
  img.src = url;
  return img.decode().then(() => true, () => false);
}
