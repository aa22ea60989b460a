-- Northwheel: a bicycle retailer with six stores and a web shop. Sample data, all of it invented.
--
-- Builds everything from nothing in an empty SQLite database (3.38 or newer):
--   sqlite3 :memory: < bike_shop.sql
--
-- Money is whole euro cents (columns ending in _cents). Dates are ISO text (columns ending in _on).
-- The books close on 2025-06-30; nothing is dated later.
-- The same bytes give the same rows everywhere: all variety comes from four integer sequences in the
-- temporary table `dice`, each of the form x -> x * multiplier mod prime. Nothing calls random() or the clock.

PRAGMA foreign_keys = ON;

-- ---------------------------------------------------------------- scaffolding, dropped at the end

CREATE TEMP TABLE dice (n INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d INTEGER);

WITH RECURSIVE roll(n, a, b, c, d) AS (
  SELECT 1, 862150773, 1203557431, 445178287, 1930418857
  UNION ALL
  SELECT n + 1, a * 48271 % 2147483647, b * 69621 % 2147483647, c * 40692 % 2147483399, d * 39373 % 2147483629
  FROM roll
  WHERE n < 6000
)
INSERT INTO dice SELECT n, a, b, c, d FROM roll;

CREATE TEMP TABLE words (kind TEXT, i INTEGER, word TEXT, PRIMARY KEY (kind, i));

INSERT INTO words SELECT 'first', key, value FROM json_each('[
  "Anouk", "Bram", "Clara", "Daan", "Elif", "Fenna", "Gijs", "Hanna", "Ilse", "Jonas",
  "Katja", "Lars", "Mila", "Nadia", "Omar", "Pieter", "Quinten", "Rosa", "Sanne", "Thijs",
  "Ursula", "Viktor", "Wout", "Xenia", "Yusuf", "Zoe", "Amir", "Birgit", "Cas", "Doris"]');

INSERT INTO words SELECT 'last', key, value FROM json_each('[
  "Aerts", "Bakker", "Claes", "De Boer", "Engel", "Fischer", "Goossens", "Hendriks", "Ivens", "Jansen",
  "Koch", "Leclerc", "Maes", "Neumann", "Okafor", "Peeters", "Quist", "Richter", "Smit", "Tanaka",
  "Ulrich", "Visser", "Weber", "Yilmaz", "Zimmer", "Willems", "Vos", "Schulz", "Mulder", "Kaya"]');

-- ---------------------------------------------------------------- the company

CREATE TABLE stores (
  store_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  floor_m2 INTEGER -- NULL: not measured yet
) STRICT;

INSERT INTO stores VALUES
  (1, 'Northwheel Amsterdam', 'Amsterdam', 'Netherlands', '2009-04-18', 640),
  (2, 'Northwheel Utrecht', 'Utrecht', 'Netherlands', '2012-09-01', 410),
  (3, 'Northwheel Antwerp', 'Antwerp', 'Belgium', '2015-03-14', 520),
  (4, 'Northwheel Rotterdam', 'Rotterdam', 'Netherlands', '2018-05-05', 480),
  (5, 'Northwheel Cologne', 'Cologne', 'Germany', '2021-10-09', 550),
  (6, 'Northwheel Ghent', 'Ghent', 'Belgium', '2024-03-02', NULL);

CREATE TABLE employees (
  employee_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL, -- 'director', 'store manager', 'sales', 'mechanic'
  store_id INTEGER REFERENCES stores (store_id), -- NULL: head office
  manager_id INTEGER REFERENCES employees (employee_id), -- NULL: reports to nobody
  hired_on TEXT NOT NULL,
  left_on TEXT, -- NULL: still employed
  salary_cents INTEGER NOT NULL -- a month
) STRICT;

INSERT INTO employees VALUES
  (1, 'Marijke van Dijk', 'director', NULL, NULL, '2009-02-01', NULL, 820000),
  (2, 'Sofie Lambert', 'store manager', 1, 1, '2011-01-10', NULL, 435000),
  (3, 'Hugo Brandsma', 'store manager', 2, 1, '2012-08-01', NULL, 410000),
  (4, 'Lotte Wouters', 'store manager', 3, 1, '2015-02-16', NULL, 418000),
  (5, 'Rachid El Amrani', 'store manager', 4, 1, '2019-06-03', NULL, 402000),
  (6, 'Jana Krüger', 'store manager', 5, 1, '2021-09-01', NULL, 425000),
  (7, 'Emiel Dubois', 'store manager', 6, 1, '2024-01-15', NULL, 390000);

-- Five people on the floor of each store. Everyone started after the store opened and before 2025.
WITH RECURSIVE counter(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM counter WHERE k < 29)
INSERT INTO employees
SELECT
  8 + k,
  f.word || ' ' || l.word,
  CASE WHEN k % 5 < 3 THEN 'sales' ELSE 'mechanic' END,
  s.store_id,
  1 + s.store_id,
  date(
    max(s.opened_on, '2014-01-01'),
    '+' || CASE k % 5 WHEN 0 THEN 3 ELSE d.a % (3900 - 620 * s.store_id) / 2 END || ' days'
  ),
  NULL,
  228000 + 1500 * (d.b % 48) + CASE WHEN k % 5 < 3 THEN 0 ELSE 19000 END
FROM counter
JOIN dice d ON d.n = 20 + k
JOIN stores s ON s.store_id = 1 + k / 5
JOIN words f ON f.kind = 'first' AND f.i = (k * 7 + 3) % 30
JOIN words l ON l.kind = 'last' AND l.i = (k * 11 + 5) % 30;

UPDATE employees SET left_on = '2023-08-31' WHERE employee_id = 10;
UPDATE employees SET left_on = '2024-01-31' WHERE employee_id = 16;
UPDATE employees SET left_on = '2024-05-31' WHERE employee_id = 22;
UPDATE employees SET left_on = '2024-11-30' WHERE employee_id = 29;
UPDATE employees SET left_on = '2025-02-28' WHERE employee_id = 36;

-- ---------------------------------------------------------------- what is sold

CREATE TABLE suppliers (
  supplier_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL,
  email TEXT, -- NULL: orders go by telephone
  rating INTEGER -- 1 (poor) to 5 (excellent), NULL: not rated yet
) STRICT;

INSERT INTO suppliers VALUES
  (1, 'Velora Frames', 'Netherlands', 'sales@velora.example', 5),
  (2, 'Kettner Antriebe', 'Germany', 'auftrag@kettner.example', 4),
  (3, 'Taipei Components', 'Taiwan', 'export@tpcomp.example', 4),
  (4, 'Lumen & Co', 'Belgium', NULL, 3),
  (5, 'Safeguard Helmets', 'Italy', 'orders@safeguard.example', 5),
  (6, 'Ruban Textiles', 'Portugal', 'hello@ruban.example', NULL),
  (7, 'Brink Locks', 'Netherlands', NULL, 2),
  (8, 'Polder Pedals', 'Netherlands', 'info@polderpedals.example', NULL);

CREATE TABLE categories (
  category_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  parent_id INTEGER REFERENCES categories (category_id) -- NULL: a top category
) STRICT;

INSERT INTO categories VALUES
  (1, 'Bikes', NULL), (2, 'Parts', NULL), (3, 'Accessories', NULL), (4, 'Clothing', NULL),
  (5, 'City bikes', 1), (6, 'E-bikes', 1), (7, 'Road bikes', 1), (8, 'Kids bikes', 1),
  (9, 'Tyres', 2), (10, 'Drivetrain', 2), (11, 'Saddles', 2),
  (12, 'Helmets', 3), (13, 'Lights', 3), (14, 'Locks', 3), (15, 'Bags', 3);

CREATE TABLE products (
  product_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  category_id INTEGER NOT NULL REFERENCES categories (category_id),
  supplier_id INTEGER REFERENCES suppliers (supplier_id), -- NULL: made in our own workshop
  price_cents INTEGER NOT NULL,
  cost_cents INTEGER NOT NULL,
  stock INTEGER NOT NULL,
  weight_grams INTEGER, -- NULL: never weighed
  discontinued_on TEXT -- NULL: still sold
) STRICT;

INSERT INTO products VALUES
  (1, 'Canal City 3', 5, 1, 64900, 41200, 18, 17200, NULL),
  (2, 'Canal City 7', 5, 1, 84900, 52800, 11, 17600, NULL),
  (3, 'Dike Runner', 5, 1, 109900, 70300, 6, 15800, NULL),
  (4, 'Harbour Cargo', 5, 1, 189900, 124000, 3, 27400, NULL),
  (5, 'Market Step-Through', 5, NULL, 72900, 43500, 9, NULL, NULL),
  (6, 'Volt Commuter', 6, 2, 229900, 158000, 7, 22900, NULL),
  (7, 'Volt Commuter Plus', 6, 2, 279900, 192500, 4, 23800, NULL),
  (8, 'Volt Cargo', 6, 2, 449900, 318000, 1, 38600, NULL),
  (9, 'Breeze E', 6, 2, 189900, 131500, 0, 21700, '2024-09-30'),
  (10, 'Alpine R1', 7, 3, 149900, 97000, 5, 9400, NULL),
  (11, 'Alpine R3', 7, 3, 219900, 146500, 2, 8600, NULL),
  (12, 'Gravel Nomad', 7, 3, 179900, 118400, 4, 10300, NULL),
  (13, 'Sprint Classic', 7, NULL, 99900, 61700, 0, 10900, '2023-12-31'),
  (14, 'Sparrow 14', 8, 8, 19900, 11800, 22, 8100, NULL),
  (15, 'Sparrow 16', 8, 8, 23900, 14100, 19, 8900, NULL),
  (16, 'Sparrow 20', 8, 8, 29900, 18200, 12, 10200, NULL),
  (17, 'City Tyre 28', 9, 3, 2495, 1120, 140, 780, NULL),
  (18, 'City Tyre 26', 9, 3, 2295, 1050, 85, 720, NULL),
  (19, 'Gravel Tyre 40', 9, 3, 4295, 2210, 48, 540, NULL),
  (20, 'Inner Tube 28', 9, 3, 595, 190, 410, 150, NULL),
  (21, 'Inner Tube 26', 9, 3, 595, 190, 260, 140, NULL),
  (22, 'Chain 8-Speed', 10, 3, 1895, 760, 96, 320, NULL),
  (23, 'Chain 11-Speed', 10, 3, 3495, 1590, 54, 270, NULL),
  (24, 'Belt Drive Kit', 10, 2, 14900, 8700, 8, 610, NULL),
  (25, 'Brake Pads', 10, 8, 1295, 410, 230, 60, NULL),
  (26, 'Flat Pedals', 10, 8, 2195, 880, 71, 390, NULL),
  (27, 'Comfort Saddle', 11, 8, 3995, 1720, 37, 640, NULL),
  (28, 'Leather Saddle', 11, NULL, 8995, 4100, 14, NULL, NULL),
  (29, 'Race Saddle', 11, 3, 6495, 3050, 0, 240, '2024-03-31'),
  (30, 'Urban Helmet', 12, 5, 5995, 2840, 64, 360, NULL),
  (31, 'Road Helmet', 12, 5, 9995, 4930, 33, 250, NULL),
  (32, 'Kids Helmet', 12, 5, 3495, 1580, 58, 280, NULL),
  (33, 'E-bike Helmet', 12, 5, 12995, 6900, 16, 430, NULL),
  (34, 'Front Light USB', 13, 4, 2995, 1310, 88, 95, NULL),
  (35, 'Rear Light USB', 13, 4, 1995, 820, 104, 60, NULL),
  (36, 'Dynamo Light Set', 13, 4, 6995, 3420, 21, 310, NULL),
  (37, 'Clip Light', 13, 4, 795, 260, 0, NULL, '2024-06-30'),
  (38, 'Ring Lock', 14, 7, 3295, 1490, 76, 710, NULL),
  (39, 'Chain Lock 110', 14, 7, 4995, 2350, 59, 2100, NULL),
  (40, 'Folding Lock', 14, 7, 7495, 3780, 27, 1250, NULL),
  (41, 'Cable Lock', 14, 7, 1495, 520, 130, 450, NULL),
  (42, 'Canvas Pannier', 15, 6, 5495, 2490, 42, 980, NULL),
  (43, 'Double Pannier', 15, 6, 8495, 4050, 25, 1640, NULL),
  (44, 'Handlebar Bag', 15, NULL, 3995, 1610, 19, NULL, NULL),
  (45, 'Rain Jacket', 4, 6, 7995, 3590, 45, 380, NULL),
  (46, 'Rain Trousers', 4, 6, 4995, 2180, 38, 290, NULL),
  (47, 'Winter Gloves', 4, 6, 2995, 1240, 0, 110, NULL),
  (48, 'Reflective Vest', 4, 6, 1495, 480, 150, NULL, NULL),
  (49, 'Volt Mountain', 6, 2, 349900, 247000, 2, NULL, NULL),
  (50, 'Storm Poncho', 4, 6, 5995, 2690, 60, 310, NULL);

-- ---------------------------------------------------------------- who buys

CREATE TABLE customers (
  customer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT, -- NULL: not given
  phone TEXT, -- NULL: not given
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  joined_on TEXT NOT NULL,
  newsletter INTEGER NOT NULL -- 1: subscribed, 0: not
) STRICT;

-- 320 customers, numbered in the order in which they joined; half of them live in the four largest cities.
WITH RECURSIVE
  counter(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM counter WHERE k < 320),
  places(below, city, country, dial) AS (
    VALUES
      (24, 'Amsterdam', 'Netherlands', 31), (37, 'Utrecht', 'Netherlands', 31), (48, 'Antwerp', 'Belgium', 32),
      (59, 'Rotterdam', 'Netherlands', 31), (68, 'Cologne', 'Germany', 49), (76, 'Ghent', 'Belgium', 32),
      (83, 'Haarlem', 'Netherlands', 31), (89, 'Leuven', 'Belgium', 32), (94, 'Aachen', 'Germany', 49),
      (98, 'Groningen', 'Netherlands', 31), (100, 'Luxembourg', 'Luxembourg', 352)
  )
INSERT INTO customers
SELECT
  k,
  f.word || ' ' || l.word,
  CASE WHEN d.a % 100 < 86 THEN lower(f.word) || '.' || lower(replace(l.word, ' ', '')) || '@mail.example' END,
  CASE WHEN d.b % 100 < 61 THEN printf('+%d 6 %04d %04d', p.dial, d.c % 10000, d.d % 10000) END,
  p.city,
  p.country,
  date('2021-01-02', '+' || (k * 5 + d.c % 5) || ' days'),
  d.d % 100 < 42
FROM counter
JOIN dice d ON d.n = 100 + k
JOIN places p ON p.below = (SELECT min(below) FROM places WHERE d.a / 100 % 100 < below)
JOIN words f ON f.kind = 'first' AND f.i = k * 541 % 900 % 30
JOIN words l ON l.kind = 'last' AND l.i = k * 541 % 900 / 30;

-- ---------------------------------------------------------------- orders

CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
  store_id INTEGER REFERENCES stores (store_id), -- NULL: ordered in the web shop
  employee_id INTEGER REFERENCES employees (employee_id), -- who sold it, NULL: ordered in the web shop
  ordered_on TEXT NOT NULL,
  status TEXT NOT NULL -- 'completed', 'shipped', 'pending', 'cancelled'
) STRICT;

-- 1000 orders from 2023-01-01 on, growing over time, with some winter orders moved to spring, numbered by date.
CREATE TEMP TABLE days AS
WITH
  drawn AS (
    SELECT n, date('2023-01-01', '+' || CASE n % 5 WHEN 0 THEN a % 912 ELSE max(a % 912, b % 912) END || ' days') AS day
    FROM dice
    WHERE n BETWEEN 501 AND 1500
  ),
  moved AS (
    SELECT n, CASE WHEN substr(day, 6, 2) IN ('11', '12', '01') AND n % 3 = 0 THEN date(day, '+125 days') ELSE day END AS day
    FROM drawn
  )
SELECT row_number() OVER (ORDER BY min(day, '2025-06-30'), n) AS order_id, min(day, '2025-06-30') AS day FROM moved;

-- Early customers order more often. Six orders in ten are made in a store, the others on the web.
INSERT INTO orders
WITH placed AS (
  SELECT
    days.order_id,
    days.day,
    1 + (d.a % 1000) * (d.b % 1000) * (SELECT count(*) FROM customers WHERE joined_on <= days.day) / 1000000 AS customer_id,
    CASE WHEN d.c % 10 < 6 THEN (
      SELECT max(s.store_id) FROM stores s WHERE s.store_id <= 1 + min(d.d % 7, d.a % 8) AND s.opened_on <= days.day
    ) END AS store_id,
    d.b / 7 % 100 AS luck,
    d.c / 11 AS pick
  FROM days JOIN dice d ON d.n = 1622 + days.order_id
)
SELECT
  order_id,
  customer_id,
  store_id,
  (
    SELECT min((e.employee_id * 7919 + pick) % 13 * 1000 + e.employee_id) % 1000
    FROM employees e
    WHERE e.store_id = placed.store_id AND e.role IN ('sales', 'store manager')
      AND e.hired_on <= day AND (e.left_on IS NULL OR e.left_on > day)
  ),
  day,
  CASE
    WHEN luck < 6 THEN 'cancelled'
    WHEN day >= '2025-06-24' THEN 'pending'
    WHEN day >= '2025-06-12' AND store_id IS NULL THEN 'shipped'
    ELSE 'completed'
  END
FROM placed;

CREATE TABLE order_items (
  order_item_id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (order_id),
  product_id INTEGER NOT NULL REFERENCES products (product_id),
  quantity INTEGER NOT NULL,
  unit_price_cents INTEGER NOT NULL, -- what was charged; now and then 10 % below the list price
  UNIQUE (order_id, product_id)
) STRICT;

-- A product stands on as many places of the shelf as it is popular: cheap things sell most.
CREATE TEMP TABLE shelf AS
SELECT row_number() OVER (ORDER BY p.product_id, d.n) AS place, p.product_id AS product_id
FROM products p
JOIN dice d ON d.n <= p.product_id * 5 % 4
  + CASE
    WHEN p.price_cents < 1000 THEN 14
    WHEN p.price_cents < 3000 THEN 8
    WHEN p.price_cents < 9000 THEN 5
    WHEN p.price_cents < 90000 THEN 3
    ELSE 1
  END
WHERE p.product_id < 49; -- the last two came in too late to be sold

-- One to five lines an order. A line whose product is discontinued by then, or on the order already, falls out.
INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT
  o.order_id,
  p.product_id,
  max(CASE WHEN p.price_cents > 15000 OR d.c % 10 < 7 THEN 1 WHEN d.c % 10 < 9 THEN 2 ELSE 4 END),
  max(CASE WHEN d.d % 20 < 3 THEN p.price_cents * 9 / 10 ELSE p.price_cents END)
FROM orders o
JOIN (VALUES (1), (2), (3), (4), (5)) AS line ON line.column1 <= 1 + (o.order_id * 31 % 17) / 4
JOIN dice d ON d.n = 1 + (o.order_id * 5 + line.column1 * 1187) % 6000
JOIN shelf ON shelf.place = 1 + d.b % (SELECT count(*) FROM shelf)
JOIN products p ON p.product_id = shelf.product_id AND (p.discontinued_on IS NULL OR p.discontinued_on >= o.ordered_on)
GROUP BY o.order_id, p.product_id
ORDER BY o.order_id, p.product_id;

-- No empty orders: whoever ended up with nothing took an inner tube.
INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT order_id, 20, 1, 595 FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_items);

-- ---------------------------------------------------------------- money, parcels, second thoughts

CREATE TABLE payments (
  payment_id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (order_id),
  payment_method TEXT NOT NULL, -- 'card', 'cash', 'paypal', 'bank transfer'
  amount_cents INTEGER NOT NULL,
  paid_on TEXT NOT NULL
) STRICT;

-- Completed and shipped orders are paid in full. Large store orders come as a deposit of 40 % and the rest a week later.
INSERT INTO payments (order_id, payment_method, amount_cents, paid_on)
WITH bills AS (
  SELECT
    o.order_id,
    o.ordered_on,
    sum(i.quantity * i.unit_price_cents) AS total,
    sum(i.quantity * i.unit_price_cents) > 150000 AND o.store_id IS NOT NULL AND o.order_id % 3 = 0 AS split,
    CASE
      WHEN o.store_id IS NOT NULL AND sum(i.quantity * i.unit_price_cents) < 6000 AND d.a % 10 < 5 THEN 'cash'
      WHEN o.store_id IS NOT NULL OR d.a % 10 < 5 THEN 'card'
      WHEN d.a % 10 < 8 THEN 'paypal'
      ELSE 'bank transfer'
    END AS method
  FROM orders o
  JOIN order_items i ON i.order_id = o.order_id
  JOIN dice d ON d.n = 3000 + o.order_id
  WHERE o.status IN ('completed', 'shipped')
  GROUP BY o.order_id
)
SELECT order_id, method, CASE WHEN split THEN total * 4 / 10 ELSE total END, ordered_on FROM bills
UNION ALL
SELECT order_id, 'bank transfer', total - total * 4 / 10, date(ordered_on, '+7 days') FROM bills WHERE split
ORDER BY 4, 1;

CREATE TABLE shipments (
  shipment_id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL UNIQUE REFERENCES orders (order_id),
  carrier TEXT NOT NULL, -- 'PostNL', 'DHL', 'bpost', 'GLS'
  shipped_on TEXT NOT NULL,
  delivered_on TEXT, -- NULL: still under way
  cost_cents INTEGER NOT NULL
) STRICT;

-- Only web orders are shipped; a bicycle costs more and takes longer.
INSERT INTO shipments (order_id, carrier, shipped_on, delivered_on, cost_cents)
WITH parcels AS (
  SELECT o.order_id, o.ordered_on, o.status, max(p.price_cents) > 50000 AS bulky
  FROM orders o JOIN order_items i ON i.order_id = o.order_id JOIN products p ON p.product_id = i.product_id
  WHERE o.store_id IS NULL AND o.status IN ('completed', 'shipped')
  GROUP BY o.order_id
)
SELECT
  parcels.order_id,
  CASE
    WHEN bulky THEN 'DHL'
    WHEN d.a % 10 < 5 THEN 'PostNL'
    WHEN d.a % 10 < 7 THEN 'DHL'
    WHEN d.a % 10 < 9 THEN 'bpost'
    ELSE 'GLS'
  END,
  date(ordered_on, '+' || (1 + d.b % 3) || ' days'),
  CASE WHEN status = 'completed' THEN date(ordered_on, '+' || (2 + d.b % 3 + min(d.c % 5, d.d % 6) + 4 * bulky) || ' days') END,
  CASE WHEN bulky THEN 3900 WHEN d.d % 4 = 0 THEN 695 ELSE 495 END
FROM parcels
JOIN dice d ON d.n = 4200 + parcels.order_id
ORDER BY 3, 1;

CREATE TABLE returns (
  return_id INTEGER PRIMARY KEY,
  order_item_id INTEGER NOT NULL UNIQUE REFERENCES order_items (order_item_id),
  returned_on TEXT NOT NULL,
  reason TEXT, -- 'damaged', 'wrong size', 'changed mind', 'faulty', NULL: not given
  refund_cents INTEGER NOT NULL
) STRICT;

-- One line in twelve comes back, from the web more often than from a store; helmets and clothes because of the size.
INSERT INTO returns (order_item_id, returned_on, reason, refund_cents)
SELECT
  i.order_item_id,
  date(o.ordered_on, '+' || (12 + d.b % 25) || ' days'),
  CASE
    WHEN d.d % 10 < 2 THEN NULL
    WHEN p.category_id IN (4, 12) AND d.d % 10 < 8 THEN 'wrong size'
    WHEN d.d % 10 < 5 THEN 'changed mind'
    WHEN d.d % 10 < 8 THEN 'damaged'
    ELSE 'faulty'
  END,
  i.quantity * i.unit_price_cents
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
JOIN products p ON p.product_id = i.product_id
JOIN dice d ON d.n = 1 + (i.order_item_id * 2 + 611) % 6000
WHERE o.status = 'completed' AND o.ordered_on < '2025-05-20'
  AND d.a % 100 < CASE WHEN o.store_id IS NULL THEN 13 ELSE 4 END
ORDER BY 2, 1;

CREATE TABLE reviews (
  review_id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (product_id),
  customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
  rating INTEGER NOT NULL, -- 1 to 5
  comment TEXT, -- NULL: stars only
  written_on TEXT NOT NULL,
  UNIQUE (product_id, customer_id)
) STRICT;

-- One completed line in five is reviewed by the customer who bought it.
INSERT INTO reviews (product_id, customer_id, rating, comment, written_on)
WITH stars AS (
  SELECT
    i.product_id,
    o.customer_id,
    max(max(1, 5 - (d.a / 13 % 10 > 4) - (d.a / 13 % 10 > 6) - (d.a / 13 % 10 > 8)
      - 2 * (i.product_id % 8 = 1 AND d.c % 3 = 0))) AS rating,
    max(d.b % 10 < 5) AS wrote,
    min(date(o.ordered_on, '+' || (8 + d.d % 30) || ' days')) AS written_on
  FROM order_items i
  JOIN orders o ON o.order_id = i.order_id
  JOIN dice d ON d.n = 1 + (i.order_item_id * 2 + 2048) % 6000
  WHERE o.status = 'completed' AND o.ordered_on < '2025-05-20' AND d.c % 100 < 20
  GROUP BY i.product_id, o.customer_id
)
SELECT
  product_id,
  customer_id,
  rating,
  CASE
    WHEN NOT wrote THEN NULL
    WHEN rating = 5 THEN 'Exactly what I was looking for'
    WHEN rating = 4 THEN 'Good value for the price'
    WHEN rating = 3 THEN 'Does the job, nothing more'
    WHEN rating = 2 THEN 'Expected better'
    ELSE 'Broke within a month'
  END,
  written_on
FROM stars
ORDER BY 5, 1, 2;

DROP TABLE temp.shelf;
DROP TABLE temp.days;
DROP TABLE temp.words;
DROP TABLE temp.dice;
