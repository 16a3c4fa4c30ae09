// How somebody looks at pictures stays as they left it, on every page: kept by the browser, never by the server.

/** What was kept under `name`, as `valid` makes of it; what it makes of nothing where there is none. */
function recalled(name, valid) {
  try {
    return valid(JSON.parse(localStorage.getItem(name)));
  } catch {
    return valid(null); // the browser keeps nothing for this address, or something else wrote there
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // kept until the page is left
  }
}
