"""scipy.optimize, as far as constructors of models use it."""

import numpy


def _shortest_path(costs, start, row_prices, column_prices, row_of):
    """Dijkstra's search from a free row to a free column; which row each column is reached from, and the prices on the way."""
    width = len(costs[0])
    distance = [float("inf")] * width
    reached_from = [-1] * width
    seen_rows, seen_columns = [], []
    # scipy looks at the last columns first, which decides between equal ones.
    left = list(range(width))[::-1]
    row, lowest = start, 0.0
    while True:
        seen_rows.append(row)
        best = -1
        nearest = float("inf")
        for place, column in enumerate(left):
            step = lowest + costs[row][column] - row_prices[row] - column_prices[column]
            if step < distance[column]:
                distance[column], reached_from[column] = step, row
            if distance[column] < nearest or (distance[column] == nearest and row_of[column] == -1):
                nearest, best = distance[column], place
        if nearest == float("inf"):
            raise ValueError("cost matrix is infeasible")
        lowest = nearest
        column = left[best]
        left[best] = left[-1]
        left.pop()
        seen_columns.append(column)
        if row_of[column] == -1:
            return column, lowest, distance, reached_from, seen_rows, seen_columns
        row = row_of[column]


def linear_sum_assignment(cost_matrix, maximize=False):
    costs = [[float(each) for each in row] for row in numpy.array(cost_matrix).tolist()]
    if maximize:
        costs = [[-each for each in row] for row in costs]
    turned = bool(costs) and len(costs) > len(costs[0])
    if turned:
        costs = [list(row) for row in zip(*costs)]
    height, width = len(costs), len(costs[0]) if costs else 0
    row_prices, column_prices = [0.0] * height, [0.0] * width
    row_of, column_of = [-1] * width, [-1] * height
    for start in range(height):
        end, lowest, distance, reached_from, seen_rows, seen_columns = _shortest_path(
            costs, start, row_prices, column_prices, row_of
        )
        for row in seen_rows:
            row_prices[row] += lowest if row == start else lowest - distance[column_of[row]]
        for column in seen_columns:
            column_prices[column] -= lowest - distance[column]
        while True:
            row = reached_from[end]
            row_of[end] = row
            column_of[row], end = end, column_of[row]
            if row == start:
                break
    pairs = sorted((column, row) if turned else (row, column) for row, column in enumerate(column_of))
    return numpy.array([pair[0] for pair in pairs]), numpy.array([pair[1] for pair in pairs])
