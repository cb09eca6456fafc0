"""Files of a data package: equal contents are equal bytes, formulas are marked, what is absent is not described."""

import io
import json
import zipfile

from exchange.data_package import Field, csv_file, packed, resource

FIELDS = [Field("name", "string", "Tên"), Field("value", "number", "Giá trị")]


def test_a_file_with_its_description():
    content = csv_file(FIELDS, [["=1+1", None], ["Xã Đông, Tây", "0.5"]])
    assert content.decode() == 'name,value\n\'=1+1,\n"Xã Đông, Tây",0.5\n'
    told = resource("a", "a.csv", FIELDS)["schema"]["fields"]
    assert told[1] == {"name": "value", "type": "number", "description": "Giá trị"}


def test_the_package_is_the_same_whenever_it_is_made():
    made = packed({"name": "a", "homepage": None}, {"a.csv": b"x\n"})
    assert made == packed({"name": "a", "homepage": None}, {"a.csv": b"x\n"})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["datapackage.json", "a.csv"]
        assert json.loads(archive.read("datapackage.json")) == {"name": "a"}
