using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Writes recurrent layers that multiply codes with known scales in operators that say so. LSTM, GRU and RNN of ONNX have no place for the
/// codes of their states, so that each direction becomes a loop over its steps.
/// <code>
///   LSTM(x, w, r, b)   becomes   p = x · wᵀ + b;  Loop { h, c ⇒ gates = p[step] + DequantizeLinear(QuantizeLinear(h)) · rᵀ; … }
/// </code>
/// </summary>
internal sealed class RecurrentLoops
{
    private readonly Graph _graph;
    private readonly Node _node;
    private readonly RecurrentGrid _grid;
    private readonly int _gates;
    private readonly int _hidden;
    private readonly Value _input;

    private RecurrentLoops(Graph graph, Node node, RecurrentGrid grid)
    {
        _graph = graph;
        _node = node;
        _grid = grid;
        _gates = Recurrent.Gates(node);
        _hidden = (int)node.Required(2).KnownShape[2].Value;
        _input = node.Required(0);
    }

    private bool IsLstm => _node.Is("LSTM");

    /// <summary>The same computation without such layers.</summary>
    /// <param name="portable">Is left as it is.</param>
    public static Graph Of(Graph portable)
    {
        if (!portable.Nodes.Any(n => RecurrentCoding.Of(n)?.Grid is not null || DynamicRecurrences.IsMeant(n)))
        {
            return portable;
        }

        Graph graph = portable.Clone();
        DynamicRecurrences.Write(graph);
        foreach (Node node in graph.Nodes.Where(n => RecurrentCoding.Of(n)?.Grid is not null).ToArray())
        {
            new RecurrentLoops(graph, node, RecurrentCoding.Of(node)!.Grid!).Write();
        }

        graph.RemoveDead();
        graph.Sort();
        return graph;
    }

    private void Write()
    {
        int directions = Recurrent.Directions(_node);
        Value?[] outputs = [.. Enumerable.Range(0, 3).Select(i => i < _node.Outputs.Count ? _node.Outputs[i] : null)];
        Value[][] made = [.. Enumerable.Range(0, directions).Select(d => Loop(d, outputs))];
        _graph.Remove(_node);
        for (int i = 0; i < outputs.Length; i++)
        {
            // All states have the direction behind the steps, the last ones before the sequences.
            if (outputs[i] is { } output)
            {
                Value[] parts = [.. made.Select(m => Add(_graph, "Unsqueeze", m[i], Integers(_graph, i == 0 ? 1 : 0)))];
                _graph.Add(new Node(
                    Domains.Onnx, "Concat", _node.Name, parts, [output], AttributeValue.ByName(("axis", i == 0 ? 1L : 0L))));
            }
        }
    }

    /// <summary>A direction: states of all steps, the last state, and the cell's.</summary>
    private Value[] Loop(int direction, Value?[] outputs)
    {
        Value sizes = Add(_graph, "Shape", _input);
        Value steps = Add(_graph, "Gather", sizes, Integer(_graph, 0));
        Value state = Initial(5, direction, sizes);
        bool isReverse = Recurrent.IsReverse(_node, direction);
        int count = IsLstm ? 2 : 1;

        var body = new Graph { Name = $"{_node.Label}_step", Opset = _graph.Opset };
        var captures = new List<(Value Inside, Value Outside)>();
        Value index = body.NewValue("step", DataType.Int64, new Shape([]));
        Value goes = body.NewValue("goes", DataType.Bool, new Shape([]));
        Value[] states = [.. Enumerable.Range(0, count).Select(
            i => body.NewValue(i == 0 ? "state" : "cell", DataType.Float32, new Shape([_input.KnownShape[1], _hidden])))];

        Value place = isReverse
            ? Add(body, "Sub", Capture(Add(_graph, "Sub", steps, Integer(_graph, 1))), index)
            : index;
        Value[] next = Step(body, direction, Add(body, "Gather", Capture(Products(direction)), place), states, Capture);
        Value shown = next[0];
        if (_node.Input(4) is { } lengths)
        {
            // A sequence that has ended keeps its state, and shows zeros.
            Value goesOn = Add(body, "Unsqueeze", Add(body, "Less", place, Capture(Cast(lengths))), Integers(body, 1));
            next = [.. next.Select((n, i) => Add(body, "Where", goesOn, n, states[i]))];
            shown = Add(body, "Where", goesOn, next[0], Number(body, 0));
        }

        body.Inputs.AddRange([index, goes, .. states, .. captures.Select(c => c.Inside)]);
        body.Captures = captures.Count;
        Value[] results = [.. next, shown];
        foreach (Value result in results)
        {
            result.Set(DataType.Float32, states[0].Shape!);
        }

        body.Outputs.AddRange([body.NewConstant("true", Tensor.From(DataType.Bool, [true])), .. results.Select((r, i) => Own(r, i))]);
        Value[] made = [.. Enumerable.Range(0, count + 1).Select(i => _graph.NewValue($"{_node.Label}_loop{i}", DataType.Float32))];
        _graph.Add(new Node(
            Domains.Onnx, "Loop", _node.Name,
            [
                steps, null, state, .. IsLstm ? [Initial(6, direction, sizes)] : Array.Empty<Value>(),
                .. captures.Select(c => c.Outside),
            ],
            made, AttributeValue.ByName(("body", body))));
        Value all = isReverse && outputs[0] is not null
            ? Add(
                _graph, "Slice", made[count], Integers(_graph, -1), Integers(_graph, long.MinValue), Integers(_graph, 0),
                Integers(_graph, -1))
            : made[count];
        return [all, Last(made[0]), Last(made[count - 1])];

        // One value is not two outputs.
        Value Own(Value result, int i)
        {
            if (Array.IndexOf(results, result) == i)
            {
                return result;
            }

            Value copy = Add(body, "Identity", result);
            copy.Set(DataType.Float32, states[0].Shape!);
            return copy;
        }

        Value Capture(Value outside)
        {
            (Value Inside, Value Outside) known = captures.Find(c => c.Outside == outside);
            if (known.Inside is null)
            {
                known = (body.NewValue(outside.Name, outside.Type, outside.Shape), outside);
                captures.Add(known);
            }

            return known.Inside;
        }
    }

    /// <summary>What a step makes of the products with the input: the next state, and the cell's.</summary>
    private Value[] Step(Graph body, int direction, Value products, Value[] states, Func<Value, Value> capture)
    {
        RecurrentActivationName[] all = [.. RecurrentActivationName.Of(_node, InferenceContext.Evaluation)];
        RecurrentActivationName[] f = all[(all.Length / Recurrent.Directions(_node) * direction)..];
        Value old = states[0];
        Value codes = Rounded(old);
        if (_node.Is("RNN"))
        {
            return [Gate(f[0], Add(body, "Add", products, OfState(codes, 0, 1)))];
        }

        if (!IsLstm)
        {
            Value[] parts = Split(products, 3);
            Value[] sums = Split(OfState(codes, 0, 2), 2);
            Value z = Gate(f[0], Add(body, "Add", parts[0], sums[0]));
            Value r = Gate(f[0], Add(body, "Add", parts[1], sums[1]));
            Value ofState = _node.Int("linear_before_reset") != 0
                ? Add(body, "Mul", r, WithBias(OfState(codes, 2, 1)))
                : OfState(Rounded(Add(body, "Mul", r, old)), 2, 1);
            Value h = Gate(f[1], Add(body, "Add", parts[2], ofState));
            return [Add(body, "Add", Add(body, "Mul", Complement(z), h), Add(body, "Mul", z, old))];
        }

        Value[] gates = Split(Add(body, "Add", products, OfState(codes, 0, 4)), 4);
        Value cell = states[1];
        Value i = Gate(f[0], Peep(gates[0], 0, cell));
        Value forget = _node.Int("input_forget") != 0 ? Complement(i) : Gate(f[0], Peep(gates[2], 2, cell));
        Value next = Add(body, "Add", Add(body, "Mul", forget, cell), Add(body, "Mul", i, Gate(f[1], gates[3])));
        Value o = Gate(f[0], Peep(gates[1], 1, next));
        return [Add(body, "Mul", o, Function(f[2], next)), next];

        Value Rounded(Value value)
        {
            Value scale = Number(body, _grid.StateScale);
            Value zero = body.NewConstant("zero_point", Tensor.From(DataType.UInt8, [(byte)_grid.StateZeroPoint]));
            return Add(body, "DequantizeLinear", Add(body, "QuantizeLinear", value, scale, zero), scale, zero);
        }

        Value OfState(Value reals, int first, int count) =>
            Add(body, "MatMul", reals, capture(Transposed(_node.Required(2), direction, first, count)));

        Value WithBias(Value sums) => _node.Input(3) is { } bias
            ? Add(body, "Add", sums, capture(Part(bias, direction, (_gates + 2) * _hidden, _hidden))) : sums;

        Value Peep(Value gate, int index, Value of) => _node.Input(7) is { } peepholes
            ? Add(body, "Add", gate, Add(body, "Mul", of, capture(Part(peepholes, direction, index * _hidden, _hidden)))) : gate;

        Value[] Split(Value value, int parts)
        {
            Value[] made = [.. Enumerable.Range(0, parts).Select(_ => body.NewValue("gate", DataType.Float32))];
            body.Add(new Node(
                Domains.Onnx, "Split", _node.Name, [value, Integers(body, [.. Enumerable.Repeat((long)_hidden, parts)])], made,
                AttributeValue.ByName(("axis", 1L))));
            return made;
        }

        Value Complement(Value value) => Add(body, "Sub", Number(body, 1), value);

        Value Gate(RecurrentActivationName function, Value value) => Function(
            function, _node.Has("clip") ? Add(body, "Clip", value, Number(body, -_node.Float("clip")), Number(body, _node.Float("clip")))
                : value);

        Value Function(RecurrentActivationName function, Value value) => function.Name switch
        {
            "Affine" => Add(
                body, "Add", Add(body, "Mul", value, Number(body, function.Alpha!.Value)), Number(body, function.Beta!.Value)),
            "ScaledTanh" => Add(
                body, "Mul", Add(body, "Tanh", Add(body, "Mul", value, Number(body, function.Beta!.Value))),
                Number(body, function.Alpha!.Value)),
            _ => Add(body, function.Name, [value], Parameters(function)),
        };
    }

    private static (string, AttributeValue)[] Parameters(RecurrentActivationName function) =>
    [
        .. function.Alpha is { } alpha ? [("alpha", alpha)] : Array.Empty<(string, AttributeValue)>(),
        .. function.Beta is { } beta ? [("beta", beta)] : Array.Empty<(string, AttributeValue)>(),
    ];

    /// <summary>Of the inputs of all steps, with the biases: [steps, sequences, gates · hidden].</summary>
    private Value Products(int direction)
    {
        Value products = Add(_graph, "MatMul", _input, Transposed(_node.Required(1), direction, 0, _gates));
        if (_node.Input(3) is not { } bias)
        {
            return products;
        }

        // A product that a reset gate multiplies has its bias there.
        int length = _gates * _hidden;
        bool isApart = _node.Int("linear_before_reset") != 0;
        Value own = Part(bias, direction, 0, length);
        Value other = Part(bias, direction, length, isApart ? 2 * _hidden : length);
        if (isApart)
        {
            other = Add(_graph, "Concat", [other, _graph.NewConstant("zeros", Tensor.Of(new float[_hidden], _hidden))], ("axis", 0L));
        }

        return Add(_graph, "Add", products, Add(_graph, "Add", own, other));
    }

    /// <summary>Weights of some gates, with the terms first.</summary>
    private Value Transposed(Value weights, int direction, int first, int gates) =>
        Add(_graph, "Transpose", [Part(weights, direction, first * _hidden, gates * _hidden)], ("perm", (long[])[1, 0]));

    /// <summary>Rows of what stands there for a direction.</summary>
    private Value Part(Value all, int direction, int first, int length)
    {
        Value own = Add(_graph, "Gather", all, Integer(_graph, direction));
        return all.KnownShape[1].Value == length
            ? own : Add(_graph, "Slice", own, Integers(_graph, first), Integers(_graph, first + length), Integers(_graph, 0));
    }

    /// <summary>The state before the first step.</summary>
    private Value Initial(int index, int direction, Value sizes) => _node.Input(index) is { } given
        ? Add(_graph, "Gather", given, Integer(_graph, direction))
        : Add(_graph, "ConstantOfShape", Add(
            _graph, "Concat", [Add(_graph, "Gather", sizes, Integers(_graph, 1)), Integers(_graph, _hidden)], ("axis", 0L)));

    /// <summary>A sequence without steps has no last state.</summary>
    private Value Last(Value state) => _node.Input(4) is not { } lengths ? state
        : Add(
            _graph, "Where", Add(
                _graph, "Unsqueeze", Add(_graph, "Greater", Cast(lengths), Integer(_graph, 0)), Integers(_graph, 1)),
            state, Number(_graph, 0));

    private Value Cast(Value value) => Add(_graph, "Cast", [value], ("to", (long)DataType.Int64));

    private Value Number(Graph graph, float number) => graph.NewConstant($"{_node.Label}_number", Tensor.Scalar(number));

    private Value Integer(Graph graph, long number) => graph.NewConstant($"{_node.Label}_integer", Tensor.Of([number], []));

    private Value Integers(Graph graph, params long[] numbers) =>
        graph.NewConstant($"{_node.Label}_integers", Tensor.Of(numbers, numbers.Length));

    private Value Add(Graph graph, string type, params Value[] inputs) => Add(graph, type, inputs, []);

    private Value Add(Graph graph, string type, Value[] inputs, params (string, AttributeValue)[] attributes) => graph.Add(
        Domains.Onnx, type, _node.Name, inputs, $"{_node.Label}_{type}", default, null, AttributeValue.ByName(attributes));
}
