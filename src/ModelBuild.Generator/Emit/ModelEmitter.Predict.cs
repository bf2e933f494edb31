using System;
using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <content>The overloads of <c>Predict</c>: spans or tensors, into new arrays or into the caller's memory.</content>
internal sealed partial class ModelEmitter
{
    private const string LengthException =
        "/// <exception cref=\"global::System.ArgumentException\">A length does not fit the shape that the model declares.</exception>";

    private const string ShapeException =
        "/// <exception cref=\"global::System.ArgumentException\">"
        + "A tensor does not have the shape that the model declares, or is not dense.</exception>";

    /// <summary>An array is a span and a tensor to C# 13: the span wins.</summary>
    private const string Preferred = "[global::System.Runtime.CompilerServices.OverloadResolutionPriority(1)]";

    private const string Arguments = Runtime + "ModelArguments";

    /// <summary>Beyond so many pairs of ports, such as those of a decoder's cache, checking each would be longer than the model.</summary>
    private const int MostPairs = 64;

    private void EmitPredict()
    {
        EmitPredictSpans();
        EmitPredictIntoSpans();
        if (_isCSharp13 && _plan.Inputs.Count > 0)
        {
            EmitPredictTensors();
        }

        // Nobody can have a tensor of a shape that the run finds out.
        if (_isCSharp13 && _bound.Symbols.Count == 0)
        {
            EmitPredictIntoTensors();
        }

        EmitTrim();
    }

    private IEnumerable<string> SpanInputs =>
    [
        .. _plan.Inputs.Select(p => $"{ReadOnlySpan}<{Type(p)}> {Variable(p)}"),
        .. _symbols.Parameters.Select(s => $"int {SymbolVariable(s)}"),
    ];

    private IEnumerable<string> TensorInputs => _plan.Inputs.Select(p => $"in {ReadOnlyTensorSpan}<{Type(p)}> {Variable(p)}");

    private void EmitPriority()
    {
        if (_isCSharp13)
        {
            _writer.Line(Preferred);
        }
    }

    private void EmitPredictSpans()
    {
        _writer.Line();
        _writer.Line("/// <summary>Runs the model and returns its outputs in new arrays.</summary>");
        EmitInputDocumentation();
        EmitSymbolDocumentation();
        _writer.Line("/// <returns>The outputs under their names in the model.</returns>");
        _writer.Line(LengthException);
        EmitPriority();
        _writer.Signature($"public {_names.Output} {_names.Predict}", SpanInputs);
        EmitBody(() =>
        {
            EmitSymbols();
            if (_symbols.Parameters.Count > 0 || _bound.Symbols.Count > 0)
            {
                // A dimension that is given can be any number: arrays of that length are made once the inputs have it. Where data decides
                // sizes, no other method is called that would check them.
                EmitCheckLengths(_plan.Inputs);
            }

            foreach (PlanPort port in _plan.Outputs.Where(p => !_bound.Contains(p)))
            {
                string length = Length(port, asLong: false);
                _writer.Line($"{Type(port)}[] {Variable(port)} = new {Type(port)}[{length}];");
            }

            if (_bound.Symbols.Count > 0)
            {
                EmitRunIntoArrays();
                return;
            }

            _writer.Call(
                _names.Predict,
                [.. _plan.Inputs.Select(Variable), .. _symbols.Parameters.Select(SymbolVariable), .. _plan.Outputs.Select(Variable)]);
            _writer.Call($"return new {_names.Output}", [.. _plan.Symbols.Select(SymbolVariable), .. _plan.Outputs.Select(Variable)]);
        });
    }

    /// <summary>The steps make the arrays whose length they find out.</summary>
    private void EmitRunIntoArrays()
    {
        foreach (PlanPort port in _plan.Outputs.Where(_bound.Contains))
        {
            _writer.Line($"var {Buffer(port)} = new {Runtime}OutputBuffer<{Type(port)}>();");
        }

        foreach (string symbol in _bound.Symbols)
        {
            _writer.Line($"int {SymbolVariable(symbol)};");
        }

        _backend.EmitRun(_writer);
        _writer.Call(
            $"return new {_names.Output}",
            [
                .. _plan.Symbols.Concat(_bound.Symbols).Select(SymbolVariable),
                .. _plan.Outputs.Select(p => _bound.Contains(p) ? Buffer(p) + ".Array" : Variable(p)),
            ]);
    }

    /// <summary>Of ports whose length says nothing new.</summary>
    private void EmitCheckLengths(IEnumerable<PlanPort> ports)
    {
        foreach (PlanPort port in ports.Where(p => !_bound.Contains(p) && !_symbols.Derived.Any(d => d.Input == p)))
        {
            string variable = Variable(port);
            string length = Length(port, asLong: true);
            _writer.Line($"{Arguments}.CheckLength({variable}.Length, {length}, nameof({variable}), {ShapeLiteral(port)});");
        }
    }

    /// <summary>
    /// Of each output and what is read while it is written, where there are few such pairs: a state that is given back into the array it
    /// came from would be another one in the steps that follow, and nothing in the result would say so.
    /// </summary>
    private void EmitCheckApart()
    {
        (PlanPort Output, PlanPort Other)[] pairs =
        [
            .. _plan.Outputs.SelectMany((output, i) => _plan.Inputs.Concat(_plan.Outputs.Take(i)).Select(other => (output, other)))
                .Where(pair => Type(pair.output) == Type(pair.other)),
        ];
        if (pairs.Length > MostPairs)
        {
            return;
        }

        foreach ((PlanPort output, PlanPort other) in pairs)
        {
            string name = Variable(output);
            string otherName = Variable(other);
            _writer.Line($"{Arguments}.CheckApart<{Type(output)}>({name}, {otherName}, nameof({name}), nameof({otherName}));");
        }
    }

    private string Buffer(PlanPort port) => _ports.Buffer(port);

    private void EmitPredictIntoSpans()
    {
        _writer.Line();
        _writer.Line($"/// <summary>Runs the model and writes its outputs into the caller's memory. {_backend.Allocations}</summary>");
        EmitInputDocumentation();
        EmitSymbolDocumentation();
        EmitOutputDocumentation();
        foreach (string symbol in _bound.Symbols)
        {
            _writer.Line(
                $"/// <param name=\"{_names.SymbolVariables[symbol]}\">Receives what the dimension <c>{symbol}</c> was in this "
                    + "call.</param>");
        }

        _writer.Line(LengthException);
        EmitPriority();
        _writer.Signature(
            $"public void {_names.Predict}",
            [
                .. SpanInputs,
                .. _plan.Outputs.Select(p => $"{Span}<{Type(p)}> {Variable(p)}"),
                .. _bound.Symbols.Select(s => $"out int {SymbolVariable(s)}"),
            ]);
        EmitBody(() =>
        {
            EmitSymbols();
            EmitCheckLengths(Ports);
            EmitCheckApart();

            foreach (PlanPort port in _plan.Outputs.Where(_bound.Contains))
            {
                _writer.Line($"var {Buffer(port)} = new {Runtime}OutputBuffer<{Type(port)}>({Variable(port)}, nameof({Variable(port)}));");
            }

            _writer.Line();
            EmitReturnWhereEmpty();
            _backend.EmitRun(_writer);
        });
    }

    private void EmitTrim()
    {
        _writer.Line();
        _writer.Line(_backend.TrimDocumentation);
        using (_writer.Open($"public static void {_names.Trim}()"))
        {
            if (_plan.IsComplete)
            {
                _backend.EmitTrim(_writer);
            }
        }
    }

    private void EmitPredictTensors()
    {
        _writer.Line();
        _writer.Line("/// <summary>Runs the model on dense tensors and returns its outputs in new arrays.</summary>");
        EmitInputDocumentation();
        _writer.Line("/// <returns>The outputs under their names in the model.</returns>");
        _writer.Line(ShapeException);
        _writer.Signature($"public {_names.Output} {_names.Predict}", TensorInputs);
        EmitBody(() =>
        {
            EmitTensorSymbols();
            _writer.Call($"return {_names.Predict}", [.. _plan.Inputs.Select(Flatten), .. _symbols.Parameters.Select(SymbolVariable)]);
        });
    }

    private void EmitPredictIntoTensors()
    {
        _writer.Line();
        _writer.Line(
            $"/// <summary>Runs the model on dense tensors and writes its outputs into the caller's. {_backend.Allocations}</summary>");
        EmitInputDocumentation();
        EmitOutputDocumentation();
        _writer.Line(ShapeException);
        _writer.Signature(
            $"public void {_names.Predict}",
            [
                .. TensorInputs,
                .. _plan.Outputs.Select(p => $"in {TensorSpan}<{Type(p)}> {Variable(p)}"),
            ]);
        EmitBody(() =>
        {
            EmitTensorSymbols();
            _writer.Call(
                _names.Predict,
                [.. _plan.Inputs.Select(Flatten), .. _symbols.Parameters.Select(SymbolVariable), .. _plan.Outputs.Select(Flatten)]);
        });
    }

    private void EmitInputDocumentation()
    {
        foreach (PlanPort port in _plan.Inputs)
        {
            _writer.Line($"/// <param name=\"{_names[port].Variable}\">Input {Describe(port)}, {Order(port)}{LengthHint(port)}.</param>");
        }
    }

    private static string Order(PlanPort port) => port.Pixels switch
    {
        "rgb" => "images as they are: row by row from the top, the bytes of red, green and blue of each pixel side by side",
        "gray" => "images as they are: row by row from the top, a byte for each pixel",
        _ => "row-major",
    };

    private void EmitOutputDocumentation()
    {
        foreach (PlanPort port in _plan.Outputs)
        {
            string room = _bound.Contains(port) ? "; it may be longer" : LengthHint(port);
            _writer.Line($"/// <param name=\"{_names[port].Variable}\">Receives output {Describe(port)}, row-major{room}.</param>");
        }
    }

    private void EmitSymbolDocumentation()
    {
        foreach (string symbol in _symbols.Parameters)
        {
            string name = _names.SymbolVariables[symbol];
            string sizes = _plan.Ranges.FirstOrDefault(r => r.Symbol == symbol)?.Sizes
                ?? "at least " + Number(_symbols.Least(symbol));
            _writer.Line($"/// <param name=\"{name}\">The dimension <c>{symbol}</c> of the shapes; {sizes}.</param>");
        }
    }

    private string LengthHint(PlanPort port) =>
        FixedLength(port) is null ? ""
        : IsPerSample(port) ? $"; {Shape(port)[0]} × <see cref=\"{_names[port].Length}\"/> elements"
        : $"; <see cref=\"{_names[port].Length}\"/> elements";

    /// <summary>What the lengths of the spans tell.</summary>
    private void EmitSymbols()
    {
        foreach (string symbol in _symbols.Parameters)
        {
            string check = _symbols.Least(symbol) == 0 ? "ThrowIfNegative" : "ThrowIfNegativeOrZero";
            _writer.Line($"global::System.ArgumentOutOfRangeException.{check}({SymbolVariable(symbol)});");
            EmitCheckRange(symbol, least: 1);
        }

        foreach (DerivedSymbol derived in _symbols.Derived)
        {
            string variable = Variable(derived.Input);
            string others = derived.Others.Equals(FixedLength(derived.Input))
                ? _names[derived.Input].Length
                : _dimensions.Int64(derived.Others);
            _writer.Line(
                $"int {SymbolVariable(derived.Symbol)} = "
                + $"{Arguments}.FindDimension({variable}.Length, {others}, nameof({variable}), {ShapeLiteral(derived.Input)});");
            EmitCheckRange(derived.Symbol, least: 0);
        }
    }

    /// <param name="symbol">What to check.</param>
    /// <param name="least">What it is known to be at least.</param>
    private void EmitCheckRange(string symbol, int least)
    {
        int most = _plan.Ranges.FirstOrDefault(r => r.Symbol == symbol)?.Most ?? int.MaxValue;
        if (_symbols.Least(symbol) > least || most < int.MaxValue)
        {
            string name = SymbolVariable(symbol);
            _writer.Line($"{Arguments}.CheckDimension({name}, {Number(_symbols.Least(symbol))}, {Number(most)}, nameof({name}));");
        }
    }

    /// <summary>Slices of nothing are none.</summary>
    private void EmitReturnWhereEmpty()
    {
        foreach (string symbol in _plan.Symbols.Where(
            s => s != _plan.Slice?.Symbol && _symbols.Least(s) == 0 && _symbols.EmptiesOutputs(s)))
        {
            using (_writer.Open($"if ({SymbolVariable(symbol)} == 0)"))
            {
                _writer.Line("return;");
            }

            _writer.Line();
        }
    }

    /// <summary>What the dimensions of the tensors tell.</summary>
    private void EmitTensorSymbols()
    {
        foreach (string symbol in _plan.Symbols)
        {
            var dimension = Dimension.Symbol(symbol);
            PlanPort input = _plan.Inputs.First(p => Shape(p).Contains(dimension));
            int axis = Shape(input).TakeWhile(d => !d.Equals(dimension)).Count();
            _writer.Line($"int {SymbolVariable(symbol)} = {Arguments}.Dimension({Variable(input)}.Lengths, {Number(axis)});");
        }
    }

    private string Flatten(PlanPort port)
    {
        string variable = Variable(port);
        string shape = string.Join(", ", Shape(port).Select(_dimensions.Int32));
        return $"{Arguments}.Flatten(in {variable}, [{shape}], nameof({variable}), {ShapeLiteral(port)})";
    }

    /// <summary>The number of elements as an expression over the symbols.</summary>
    private string Length(PlanPort port, bool asLong)
    {
        if (FixedLength(port) is null)
        {
            Dimension length = _plan.Tensors[port.Tensor].Length;
            return asLong ? _dimensions.Int64(length) : _dimensions.Int32(length);
        }

        string known = _names[port].Length;
        return !IsPerSample(port) ? known
            : asLong ? $"(long){_dimensions.Int32(Shape(port)[0])} * {known}"
            : $"checked({_dimensions.Int32(Shape(port)[0])} * {known})";
    }

    private string Variable(PlanPort port) => _ports.Variable(port);

    private string SymbolVariable(string symbol) => _ports.Symbol(symbol);

    private string ShapeLiteral(PlanPort port) => CSharp.Literal(Dimensions.Text(Shape(port)));

    /// <summary>Writes the body of a method; in a surface plan it has nothing to run, and says so.</summary>
    private void EmitBody(Action emit)
    {
        using (_writer.Open())
        {
            if (_plan.IsComplete)
            {
                emit();
                return;
            }

            string message = $"'{_plan.Class.Name}' is only an outline for the editor. A build of the project compiles the model.";
            _writer.Line($"throw new global::System.InvalidOperationException({CSharp.Literal(message)});");
        }
    }
}
