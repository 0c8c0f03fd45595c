(function () {
  var find = document.getElementById("find"), stops = document.getElementById("stops");
  if (!find || !stops) return;
  find.closest(".tools").hidden = false;
  var rows = Array.prototype.slice.call(document.querySelectorAll("table.chains tbody tr"));
  function filter() {
    var text = find.value.toLowerCase();
    rows.forEach(function (row) {
      var hit = row.textContent.toLowerCase().indexOf(text) >= 0;
      row.hidden = !hit || (stops.checked && !row.classList.contains("stop"));
    });
  }
  find.addEventListener("input", filter);
  stops.addEventListener("change", filter);
})();
