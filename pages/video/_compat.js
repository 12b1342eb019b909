// What the page Video uses of Plotly's own elements: the area within the axes of a chart.

const plotOf = (chart) => chart.querySelector(".nsewdrag")
