-- A small town library. Everything in it is invented.
CREATE TABLE books (book_id INTEGER PRIMARY KEY, title TEXT, author TEXT, genre TEXT, year INTEGER, copies INTEGER);
CREATE TABLE members (member_id INTEGER PRIMARY KEY, name TEXT, city TEXT, joined_on TEXT);
CREATE TABLE loans (loan_id INTEGER PRIMARY KEY, book_id INTEGER, member_id INTEGER, loaned_on TEXT, returned_on TEXT);

INSERT INTO books VALUES
  (1, 'The Salt Road', 'Ines Calder', 'novel', 1998, 3),
  (2, 'Rivers of the North', 'Otto Brandt', 'travel', 2011, 2),
  (3, 'A Clock for Emma', 'Ines Calder', 'novel', 2004, 5),
  (4, 'Bread at Home', 'Mara Lind', 'cooking', 2016, 4),
  (5, 'The Ninth Lantern', 'Yusuf Demir', 'crime', 2019, 6),
  (6, 'Garden Birds', 'Paul Roy', 'nature', 1987, 1),
  (7, 'Soups for Winter', 'Mara Lind', 'cooking', 2020, 2),
  (8, 'Cold Harbour', 'Yusuf Demir', 'crime', 2022, 4),
  (9, 'Islands on Foot', 'Otto Brandt', 'travel', 2015, 1),
  (10, 'The Glass Orchard', 'Hana Mori', 'novel', 2021, 3);

INSERT INTO members VALUES
  (1, 'Ada Novak', 'Westbrook', '2021-03-01'),
  (2, 'Ben Adeyemi', 'Hillford', '2022-07-15'),
  (3, 'Chloe Martin', 'Westbrook', '2020-01-20'),
  (4, 'Dev Patel', 'Ashport', '2023-05-05'),
  (5, 'Elsa Berg', 'Hillford', '2023-11-30'),
  (6, 'Finn Walsh', 'Westbrook', '2024-02-14');

INSERT INTO loans VALUES
  (1, 1, 1, '2023-01-10', '2023-02-01'),
  (2, 5, 1, '2024-03-02', NULL),
  (3, 3, 2, '2023-06-11', '2023-06-30'),
  (4, 5, 3, '2023-09-09', '2023-10-02'),
  (5, 4, 3, '2024-01-15', '2024-01-29'),
  (6, 8, 4, '2024-02-20', NULL),
  (7, 10, 5, '2024-04-04', '2024-05-01'),
  (8, 2, 2, '2024-05-16', NULL);
