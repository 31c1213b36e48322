// How the members of an operation's input and output are written by the query protocol, as far as
// that cannot be seen from the text itself. JSON has numbers, lists and maps; a form has only names
// like "Attribute.1.Value", and XML only elements. A member that no shape names is taken as it
// looks: text, a structure, or a list of "member" elements.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::aws {

struct Member;

struct Shape {
  enum class Kind { kAny, kString, kInteger, kBoolean, kTimestamp, kStructure, kList, kMap };
  Kind kind = Kind::kAny;
  std::vector<Member> members;  // of a structure: those that need a shape
  std::vector<Shape> element;   // of a list or map: exactly one
  // Flattened: "Name.1" rather than "Name.member.1" (lists) or "Name.entry.1" (maps).
  bool flattened = false;
  std::string key_name = "key";  // of a map's entries
  std::string value_name = "value";

  static Shape any();
  static Shape string();
  static Shape integer();
  static Shape boolean();
  static Shape timestamp();  // output: epoch seconds in JSON, ISO 8601 in XML
  static Shape structure(std::vector<Member> members);
  static Shape list(Shape element);
  static Shape flat_list(Shape element);
  static Shape map(Shape value);
  static Shape flat_map(std::string key_name, std::string value_name, Shape value);

  const Member* find(std::string_view name) const;  // by JSON name; null if not named
};

struct Member {
  std::string name;       // in JSON
  std::string wire_name;  // in forms and XML
  Shape shape;
};

// Shapes of query operations by service and operation. Filled while the server is wired, read-only
// afterwards.
class QueryShapes {
 public:
  struct Operation {
    Shape input = Shape::structure({});
    Shape output = Shape::structure({});
  };
  void add(std::string service, std::string operation, Shape input, Shape output);
  // An operation that was never added has untyped shapes.
  const Operation& find(std::string_view service, std::string_view operation) const;

 private:
  std::map<std::pair<std::string, std::string>, Operation> operations_;
};

}  // namespace millrace::aws
