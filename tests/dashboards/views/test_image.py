def test_who_searches_leaves_the_image_that_was_looked_at(page, full):
    at = page("image", full)
    image = next(c.value for c in at.caption if "id " in c.value).split("id ")[-1]
    at = page("image", full, image=image.replace("\\", ""))

    next(box for box in at.text_input if box.label == "Search").set_value("class 0002").run()

    assert "image" not in at.query_params
    assert "find" in at.query_params
