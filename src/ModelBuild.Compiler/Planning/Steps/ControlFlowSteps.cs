using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Graphs that run under a condition, or again and again: their steps lie in blocks.</summary>
internal static class ControlFlowSteps
{
    public static void WriteIf(Node node, PlanBuilder plan)
    {
        Value[] outputs = [.. node.Outputs.OfType<Value>()];
        plan.Control(
            node, $"If: {string.Join(", ", outputs.Select(PlanBuilder.Describe))}", PlanStep.IfTarget,
            [("condition", plan.Argument(node.Required(0)))],
            () => WriteBranch(node, node.Attributes["then_branch"].Graph, plan),
            () => WriteBranch(node, node.Attributes["else_branch"].Graph, plan));
    }

    private static void WriteBranch(Node node, Graph branch, PlanBuilder plan)
    {
        (Value Inner, Value Outer)[] results =
            [.. branch.Outputs.Zip(node.Outputs).Where(o => o.Second is not null).Select(o => (o.First, o.Second!))];

        // Sizes that the branches do not agree on are known when a branch has run.
        ILookup<bool, (Value Inner, Value Outer)> byKind = results.ToLookup(r => r.Outer.KnownShape.Any(node.Bound.Contains));
        plan.WriteBody(branch, Bodies.Captures(node, branch), byKind[false]);
        (string Symbol, Dimension Size)[] sizes =
        [
            .. results.SelectMany(r => r.Outer.KnownShape.Zip(r.Inner.KnownShape)).Where(d => node.Bound.Contains(d.First))
                .Select(d => (d.First.ToString(), d.Second)),
        ];
        Bind(node, plan, sizes);
        foreach ((Value inner, Value outer) in byKind[true])
        {
            Copy(node, plan, inner, outer);
        }
    }

    public static void WriteLoop(Node node, PlanBuilder plan) => new LoopWriter(node, plan).Write();

    /// <summary>Symbols become what expressions are at this point of the run.</summary>
    private static void Bind(Node node, PlanBuilder plan, (string Symbol, Dimension Size)[] sizes, bool keeps = false)
    {
        if (sizes.Length == 0)
        {
            return;
        }

        Value numbers = plan.NewValue($"{node.Label}_sizes", DataType.Int64, new Shape([sizes.Length]));
        plan.Call(
            node, $"Sizes [{string.Join(",", sizes.Select(s => s.Size))}]", "Sizes.Write",
            ("sizes", PlanBuilder.List(sizes.Select(s => s.Size))), ("output", plan.Tensor(numbers)));
        plan.Bind(numbers, [.. sizes.Select((s, i) => (s.Symbol, i))], keeps);
    }

    private static void Copy(Node node, PlanBuilder plan, Value from, Value to) => plan.Call(
        node, PlanBuilder.Describe(to), "DataMovement.Copy", ("input", plan.Argument(from)), ("output", plan.Tensor(to)));

    /// <summary>
    /// A loop works on a state, which is written before the first iteration and at the end of each.
    /// </summary>
    /// <remarks>
    /// What keeps its shape is copied from the result of an iteration to the state. Where an iteration changes sizes, the memory of all
    /// that depends on them grows with them and loses what it holds: the results wait in memory of their own until the state has its new
    /// size.
    /// </remarks>
    private sealed class LoopWriter
    {
        private static readonly Value s_true = new("true")
        {
            Type = DataType.Bool, Shape = new Shape([]), Constant = Tensor.From<bool>(DataType.Bool, [true], []),
        };

        private readonly Node _node;
        private readonly PlanBuilder _plan;
        private readonly Graph _body;
        private readonly int _carried;
        private readonly Value[] _states;
        private readonly Value _index;
        private readonly Value? _condition;
        private readonly bool _isConditional;

        public LoopWriter(Node node, PlanBuilder plan)
        {
            _node = node;
            _plan = plan;
            _body = node.Attributes["body"].Graph;
            _carried = LoopShapes.Carried(_body);
            _index = plan.NewValue($"{node.Label}_index", DataType.Int64, new Shape([]));
            _isConditional = node.Input(1) is not null && Loop.KnownCount(node) is null;
            _condition = _isConditional || _body.Inputs[1].Consumers.Count > 0
                ? plan.NewValue($"{node.Label}_condition", DataType.Bool, new Shape([]))
                : null;
            _states = [.. Enumerable.Range(0, _carried).Select(State)];
        }

        public void Write()
        {
            Bind(_node, _plan, [.. Variables(0, i => _node.Required(2 + i))]);
            for (int i = 0; i < _carried; i++)
            {
                Copy(_node, _plan, _node.Required(2 + i), _states[i]);
            }

            Value[] collections = [.. Enumerable.Range(0, _node.Outputs.Count - _carried).Select(Collection)];
            if (_condition is not null)
            {
                // Where nothing ends the loop, its body may still ask.
                Copy(_node, _plan, _isConditional ? _node.Required(1) : s_true, _condition);
            }

            _plan.Control(
                _node, Describe(), PlanStep.LoopTarget,
                [
                    ("index", _plan.Tensor(_index)),
                    ("trips", Trips()),
                    ("condition", _isConditional ? _plan.Tensor(_condition!) : null),
                ],
                () => WriteIteration(collections));
            Bind(_node, _plan, [.. Variables(2, i => _states[i])]);
            for (int i = 0; i < _carried && i < _node.Outputs.Count; i++)
            {
                if (_node.Outputs[i] is { } output && IsVariable(i))
                {
                    Copy(_node, _plan, _states[i], output);
                }
            }

            WriteCollections(collections);
        }

        private string Describe() =>
            $"Loop: {string.Join(", ", _states.Select(PlanBuilder.Describe).Prepend($"{_body.Nodes.Count} operators"))}";

        private PlanArgument? Trips() => Loop.KnownCount(_node) is { } count ? new IntegerArgument(count)
            : _node.Input(0) is { } trips ? _plan.Argument(trips)
            : null;

        private bool IsVariable(int index) => _body.Inputs[2 + index].KnownShape.Any(_node.Bound.Contains);

        /// <summary>What keeps its shape is worked on where the node's output is.</summary>
        private Value State(int index)
        {
            Value inner = _body.Inputs[2 + index];
            return !IsVariable(index) && index < _node.Outputs.Count && _node.Outputs[index] is { } output
                ? output
                : _plan.NewValue($"{inner.Name}_state", inner.Type, inner.KnownShape);
        }

        /// <summary>One of the symbols of each variable dimension, and the dimension of a value in its place.</summary>
        /// <param name="which">0 for that of an iteration, 1 of the next, 2 behind the loop.</param>
        private IEnumerable<(string Symbol, Dimension Size)> Variables(int which, Func<int, Value> value)
        {
            for (int i = 0; i < _carried; i++)
            {
                Shape inner = _body.Inputs[2 + i].KnownShape;
                for (int d = 0; d < inner.Rank; d++)
                {
                    if (_node.Bound.IndexOf(inner[d]) is >= 0 and var index)
                    {
                        yield return (_node.Bound[index + which].ToString(), value(i).KnownShape[d]);
                    }
                }
            }
        }

        /// <summary>Where rows are collected: in the output, or in memory that grows where data decides how many there are.</summary>
        private Value Collection(int index)
        {
            if (_node.Outputs[_carried + index] is not { } output)
            {
                return _index;
            }

            int count = _node.Bound.IndexOf(output.KnownShape[0]);
            if (count < 0)
            {
                // Every iteration writes a row: its memory is taken before the loop, so that nothing in the body gets it in between.
                _plan.Tensor(output);
                return output;
            }

            // Of a row, what it is in an iteration stands before what it is behind the loop. Where no iteration makes one, it has the size
            // that is needed behind the loop.
            (Dimension Size, Dimension Initial)[] row =
            [
                .. output.KnownShape.Skip(1).Select(d => _node.Bound.IndexOf(d) is >= 0 and var place
                    ? (_node.Bound[place - 1], _plan.Needed(d) ?? Dimension.Zero) : (d, d)),
            ];
            Dimension number = _node.Bound[count + 1 + index];
            Bind(
                _node, _plan,
                [
                    .. row.Prepend((number, Dimension.Zero)).Where(d => _node.Bound.Contains(d.Item1))
                        .Select(d => (d.Item1.ToString(), d.Item2)),
                ],
                keeps: true);
            Shape rows = new([number, .. row.Select(d => d.Size)]);
            return _plan.NewValue($"{output.Name}_rows", output.Type, rows);
        }

        /// <summary>Dimensions that the loop binds.</summary>
        private IEnumerable<Dimension> Own(Shape shape) => shape.Where(_node.Bound.Contains);

        private void WriteIteration(Value[] collections)
        {
            if (_condition is not null)
            {
                _plan.Share(_body.Inputs[1], _condition);
            }

            _plan.Share(_body.Inputs[0], _index);
            _plan.WriteBody(
                _body, [.. Bodies.Captures(_node, _body), .. _states.Select((s, i) => (_body.Inputs[2 + i], s))], []);
            for (int i = 0; i < collections.Length; i++)
            {
                Collect(_body.Outputs[1 + _carried + i], collections[i]);
            }

            // First what keeps its shape; results with others move on together.
            for (int i = 0; i < _carried; i++)
            {
                if (!IsVariable(i))
                {
                    Copy(_node, _plan, _body.Outputs[1 + i], _states[i]);
                }
            }

            if (_isConditional)
            {
                Copy(_node, _plan, _body.Outputs[0], _condition!);
            }

            (string Symbol, Dimension Size)[] next = [.. Variables(1, i => _body.Outputs[1 + i])];
            Bind(_node, _plan, next);
            Value?[] waiting = [.. Enumerable.Range(0, _carried).Select(Waiting)];
            Bind(_node, _plan, [.. Variables(0, i => waiting[i]!)]);
            for (int i = 0; i < _carried; i++)
            {
                if (waiting[i] is { } result)
                {
                    Copy(_node, _plan, result, _states[i]);
                }
            }
        }

        /// <summary>Puts a result aside while the memory of the state gets its new size.</summary>
        private Value? Waiting(int index)
        {
            if (!IsVariable(index))
            {
                return null;
            }

            Value inner = _body.Inputs[2 + index];
            Value aside = _plan.NewValue($"{inner.Name}_next", inner.Type, new Shape(inner.KnownShape.Select(Next)));
            Copy(_node, _plan, _body.Outputs[1 + index], aside);
            return aside;

            Dimension Next(Dimension size) => _node.Bound.IndexOf(size) is >= 0 and var place ? _node.Bound[place + 1] : size;
        }

        /// <summary>Appends the result of an iteration to what is collected.</summary>
        private void Collect(Value row, Value collection)
        {
            if (collection == _index)
            {
                return;
            }

            Dimension[] own = [.. Own(collection.KnownShape)];
            if (own.Length > 0)
            {
                Dimension[] sizes =
                    [.. collection.KnownShape.Skip(1).Zip(row.KnownShape).Where(d => own.Contains(d.First)).Select(d => d.Second)];
                Value rows = _plan.NewValue($"{collection.Name}_sizes", DataType.Int64, new Shape([own.Length]));
                _plan.Call(
                    _node, "Iterations so far, and the size of each", "Sizes.Collect", ("index", _plan.Tensor(_index)),
                    ("known", PlanBuilder.List(own.Skip(1))), ("sizes", PlanBuilder.List(sizes)), ("output", _plan.Tensor(rows)));
                _plan.Bind(rows, [.. own.Select((d, i) => (d.ToString(), i))], keeps: true);
            }

            _plan.Call(
                _node, PlanBuilder.Describe(row), "DataMovement.WriteRow", ("index", _plan.Tensor(_index)),
                ("input", _plan.Argument(row)), ("output", _plan.Tensor(collection)));
        }

        /// <summary>What was collected goes to the outputs when it is known how much it is.</summary>
        private void WriteCollections(Value[] collections)
        {
            (Value Rows, Value Output)[] open =
                [.. collections.Zip(_node.Outputs.Skip(_carried)).Where(c => c.Second is not null && c.First != c.Second)
                    .Select(c => (c.First, c.Second!))];
            if (open.Length == 0)
            {
                return;
            }

            Value count = _plan.NewValue($"{_node.Label}_count", DataType.Int64, new Shape([1]));
            _plan.Call(
                _node, "Iterations", "Sizes.Read", [DataType.Int64], ("sizes", _plan.Tensor(_index)), ("least", 0L),
                ("output", _plan.Tensor(count)));
            _plan.Bind(count, [(open[0].Output.KnownShape[0].ToString(), 0)]);
            Bind(
                _node, _plan,
                [
                    .. open.SelectMany(c => c.Output.KnownShape.Zip(c.Rows.KnownShape).Skip(1)).Where(d => _node.Bound.Contains(d.First))
                        .Select(d => (d.First.ToString(), d.Second)),
                ]);
            foreach ((Value rows, Value output) in open)
            {
                Value whole = _plan.NewValue($"{output.Name}_whole", output.Type, output.KnownShape);
                _plan.Share(whole, rows);
                Copy(_node, _plan, whole, output);
            }
        }
    }
}
